"""The data plane: whose key is it, is it alive, inside its limit, for its own tenant; then forward.

    http/            HTTP/1.1 on the client's side: the transport
    pipeline         the life of a request, read top to bottom; its stages:
      routes, path     which declared route is it
      authenticate     whose key is it: credentials, known_keys, verifier, principals
      charging         is there room in the bucket: limits/
      binding          for which tenant does it act
      authorize        may the key do this
      ownership        is the resource in the path the tenant's own
      validate         is the body within its size, and for the tenant
      forward          to the backend and back: headers, upstream/
    problems         every refusal, a row of one table; answers gives it its bytes
    record           one log line and its share of the metrics for each request: logs, log_writer, metrics
    key_changes      what the key store announced as changed is forgotten
    settings/        the settings file
    app              settings -> wired services; server, workers, stop: processes and listeners
    cases            `gateway test`: rehearsal, over the stand_ins at both ends of the path; case_report
    explain          `gateway explain`: what a key's request would be answered, and why; explain_live wires it
    cli              the `gateway` command

docs/request-flow.md tells it as a story.
"""
