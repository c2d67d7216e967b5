using System.Globalization;

namespace PixeeEvents.Host.Tests.Telemetry;

/// <summary>A span as a collector gets it: the messages of opentelemetry/proto/trace/v1/trace.proto.</summary>
internal sealed record OtlpSpan(
    string Scope, string Trace, string Id, string Parent, string Name, ulong Kind, IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyDictionary<string, string> Resource)
{
    public const ulong Server = 2;
    public const ulong Client = 3;

    public static IEnumerable<OtlpSpan> In(byte[] request) =>
        from resource in OtlpMessage.Parse(request).All(1)
        let about = AttributesOf(resource.All(1).Single(), 1)
        from scope in resource.All(2)
        from span in scope.All(2)
        select new OtlpSpan(
            scope.All(1).Single().Text(1), span.Hex(1), span.Hex(2), span.Hex(4), span.Text(5), span.Number(6), AttributesOf(span, 9),
            about);

    private static Dictionary<string, string> AttributesOf(OtlpMessage message, int field) => message.All(field).ToDictionary(
        a => a.Text(1),
        a => a.All(2).Single() is var value && value.Has(1) ? value.Text(1) : value.Number(3).ToString(CultureInfo.InvariantCulture),
        StringComparer.Ordinal);
}
