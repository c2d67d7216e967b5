# Reads and writes XML as Rails does: one request per line, one answer per line, both JSON.
require 'json'
require 'active_support'
require 'active_support/core_ext/array/conversions'
require 'active_support/core_ext/hash/conversions'
require 'active_support/core_ext/date/conversions'
require 'active_support/core_ext/time/conversions'
require 'active_support/json'

# Values that Rails types by their class arrive as {"$date": ...}.
def typed(value)
  case value
  when Hash then value.key?('$date') ? Date.parse(value['$date']) : value.transform_values { |v| typed(v) }
  when Array then value.map { |v| typed(v) }
  else value
  end
end

$stdout.sync = true
$stdin.each_line do |line|
  request = JSON.parse(line)
  answer = request.key?('xml') ? Hash.from_xml(request['xml']) : typed(request['value']).to_xml(root: request['root'])
  puts JSON.generate('answer' => answer.as_json)
end
