-- The arithmetic of gateway/limits/bucket.py for many buckets in one step, by Redis' own clock.
--
-- KEYS  a bucket each; one that several requests charge stands here as often
-- ARGV  the tag of the call, then for each bucket: what is asked of it and what it holds, in microseconds
-- gives the tag, the time, and how full each bucket was before its turn: with that `decide` comes to the same decision
--
-- All numbers are integers below 2^53, which doubles hold exactly; a cost above that is more than any bucket holds.
local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local reply = { ARGV[1], now_us }

for i, key in ipairs(KEYS) do
  local cost_us, tolerance_us = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local tat_us = tonumber(redis.call('GET', key) or now_us)
  local used_us = math.min(math.max(tat_us - now_us, 0), tolerance_us)
  reply[i + 2] = used_us
  if cost_us > 0 then
    if used_us + cost_us <= tolerance_us then
      used_us = used_us + cost_us
    end
    -- a refusal writes only when a changed limit or clock has clamped the bucket
    if used_us > 0 and now_us + used_us ~= tat_us then
      redis.call('SET', key, string.format('%.0f', now_us + used_us), 'PX', math.ceil(used_us / 1000))
    end
  end
end
return reply
