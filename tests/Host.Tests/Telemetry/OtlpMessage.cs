using System.Buffers.Binary;
using System.Text;

namespace PixeeEvents.Host.Tests.Telemetry;

/// <summary>A message of protocol buffers, field by field: https://protobuf.dev/programming-guides/encoding.</summary>
internal sealed class OtlpMessage
{
    private readonly List<(int Field, ulong Number, byte[] Bytes)> _fields = [];

    public static OtlpMessage Parse(ReadOnlySpan<byte> text)
    {
        var message = new OtlpMessage();
        while (!text.IsEmpty)
        {
            var tag = Varint(ref text);
            var (number, bytes) = (0UL, Array.Empty<byte>());
            switch (tag & 7)
            {
                case 0:
                    number = Varint(ref text);
                    break;
                case 1:
                    number = BinaryPrimitives.ReadUInt64LittleEndian(text);
                    text = text[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref text);
                    bytes = text[..length].ToArray();
                    text = text[length..];
                    break;
                case 5:
                    number = BinaryPrimitives.ReadUInt32LittleEndian(text);
                    text = text[4..];
                    break;
                default:
                    throw new InvalidDataException($"Wire type {tag & 7}.");
            }

            message._fields.Add(((int)(tag >> 3), number, bytes));
        }

        return message;
    }

    /// <summary>From resource_metrics over scope_metrics to each metric, under the name that Prometheus gives it.</summary>
    public static IEnumerable<string> MetricNames(byte[] request) =>
        from resource in Parse(request).All(1) from scope in resource.All(2) from metric in scope.All(2) select PrometheusName(metric);

    /// <summary>As https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics has it.</summary>
    private static string PrometheusName(OtlpMessage metric)
    {
        var unit = metric.Text(3) switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        var isCounter = metric.Has(7) && metric.All(7).Single().Number(3) == 1;
        return metric.Text(1).Replace('.', '_') + unit + (isCounter ? "_total" : "");
    }

    public IEnumerable<OtlpMessage> All(int field) => _fields.Where(f => f.Field == field).Select(f => Parse(f.Bytes));

    public bool Has(int field) => _fields.Any(f => f.Field == field);

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field));

    public string Hex(int field) => Convert.ToHexStringLower(Bytes(field));

    public ulong Number(int field) => _fields.FirstOrDefault(f => f.Field == field).Number;

    private byte[] Bytes(int field) => _fields.FirstOrDefault(f => f.Field == field).Bytes ?? [];

    private static ulong Varint(ref ReadOnlySpan<byte> text)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = text[0];
            text = text[1..];
            value |= (ulong)(next & 127) << shift;
            if (next < 128)
            {
                return value;
            }
        }
    }
}
