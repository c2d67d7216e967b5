-- Sends requests picked at random from a file, one a line: PATH, or PATH TAB BODY.
-- Arguments: method, header that says who calls, file, seed. A '#' in a body becomes a number that no other request of the run carries.
local requests, bodies, headers, method, sent, seed = {}, {}, {}, "GET", 0, 0

function init(args)
  local name, value = args[2]:match("^(.-): (.*)$")
  method, headers[name], seed = args[1], value, tonumber(args[4])
  headers["Host"] = wrk.headers["Host"]
  headers["Content-Type"] = "application/json"
  math.randomseed(seed)
  for line in io.lines(args[3]) do
    local path, body = line:match("^([^\t]*)\t(.*)$")
    if path then
      bodies[#bodies + 1] = { path, body }
    else
      requests[#requests + 1] = wrk.format(method, line, headers)
    end
  end
end

function request()
  if #bodies == 0 then
    return requests[math.random(#requests)]
  end
  sent = sent + 1
  local one = bodies[math.random(#bodies)]
  local body = one[2]:gsub("#", string.format("%d-%d", seed, sent))
  return wrk.format(method, one[1], headers, body)
end

function done(summary, latency, _)
  local errors = summary.errors
  print(string.format("RESULT %d %d %d %d %d", summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.timeout, errors.status, latency:percentile(99)))
end
