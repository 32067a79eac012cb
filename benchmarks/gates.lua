-- For wrk, after `--`: `check` asks one gate at the address given, `decide` closes and opens many gates;
-- `close` after it ends the connection with each call, as Flagger's calls do.
local counter, number = 0, 0

function setup(thread)
   thread:set("thread_number", counter)
   counter = counter + 1
end

function init(arguments)
   wrk.method = "POST"
   wrk.headers["Content-Type"] = "application/json"
   deciding = arguments[1] == "decide"
   if arguments[2] == "close" then
      wrk.headers["Connection"] = "close"
      wrk.headers["User-Agent"] = "Go-http-client/1.1"
   end
   wrk.body = '{"name":"podinfo","namespace":"bench","phase":"Progressing","checksum":"85d557f47b"}'
   check = wrk.format()
end

function request()
   if not deciding then
      return check
   end
   number = number + 1
   local body = string.format('{"name":"app-%d-%d","namespace":"bench"}', thread_number, math.floor(number / 2) % 200)
   return wrk.format("POST", number % 2 == 0 and "/gate/open" or "/gate/close", nil, body)
end

-- requests, microseconds, microseconds at the 99th percentile, failures
function done(summary, latency)
   local errors = summary.errors
   local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
   io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(99), failed))
end
