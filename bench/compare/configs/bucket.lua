-- One charge of a token bucket: KEYS[1], ARGV rate a second and burst; 1 admitted, 0 refused.
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local rate, burst = tonumber(ARGV[1]) / 1000, tonumber(ARGV[2])
local held = redis.call('HMGET', KEYS[1], 't', 's')
local tokens = math.min(burst, (tonumber(held[1]) or burst) + (now - (tonumber(held[2]) or now)) * rate)
local admitted = 0
if tokens >= 1 then
  tokens = tokens - 1
  admitted = 1
end
redis.call('HSET', KEYS[1], 't', tokens, 's', now)
redis.call('PEXPIRE', KEYS[1], 60000)
return admitted
