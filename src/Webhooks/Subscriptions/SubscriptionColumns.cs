using System.Data;
using Npgsql;
using NpgsqlTypes;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Signing;

namespace PixeeEvents.Webhooks.Subscriptions;

/// <summary>The columns of a subscription: what is written to each, and what is read of it by its name.</summary>
internal sealed class SubscriptionColumns(ISecretProtection protection)
{
    private static readonly string[] Key = ["tenant_id", "id"];

    private readonly (string Name, Func<Subscription, NpgsqlParameter> Value)[] _columns =
    [
        ("tenant_id", s => Sql.Text(s.Tenant)),
        ("id", s => Sql.Uuid(s.Id)),
        ("name", s => Sql.Text(s.Name)),
        ("url", s => Sql.Text(s.Url.OriginalString)),
        ("events", s => Sql.Texts(s.Events)),
        ("state", s => Sql.Text(s.IsEnabled ? "enabled" : "disabled")),
        ("state_reason", s => Sql.Text(s.StateReason)),
        ("sealed_headers", s => Sql.Jsonb(SealedHeaders.Write(s.Headers, protection))),
        ("max_retries", s => Sql.Int(s.MaxRetries)),
        ("retry_delays", s => s.RetryDelays is { } delays ? Sql.Ints(delays) : None(NpgsqlDbType.Integer)),
        ("timeout_seconds", s => Sql.Int((int)s.Timeout.TotalSeconds)),
        ("rate_per_second", s => Sql.Numeric(s.Rate)),
        ("concurrency", s => Sql.Int(s.Concurrency)),
        ("body", s => Sql.Text(s.Thin ? "thin" : "full")),
        ("granularity", s => Sql.Text(s.PerItem ? "item" : "call")),
        ("latest_wins", s => Sql.Bool(s.LatestWins)),
        ("ordering", s => Sql.Text(s.Ordering?.ToString().ToLowerInvariant())),
        ("format", s => Sql.Text(s.CloudEvents ? "cloudevents" : "standard")),
        ("schema_version", s => Sql.Text(s.SchemaVersion)),
        ("signatures", s => Sql.Texts(s.Signatures)),
        ("fields", s => s.Fields is { } fields ? Sql.Texts(fields) : Sql.NoTexts()),
        ("supplier_codes", s => s.SupplierCodes is { } codes ? Sql.Texts(codes) : Sql.NoTexts()),
        ("exclude_own", s => Sql.Bool(s.ExcludeOwn)),
        ("created_by", s => Sql.Uuid(s.CreatedBy)),
        ("created_at", s => Sql.Timestamp(s.CreatedAt)),
        ("updated_at", s => Sql.Timestamp(s.UpdatedAt)),
    ];

    /// <summary>A query on subscriptions as <c>s</c>.</summary>
    public string Select(string where) => $"select {Names("s.")} from webhooks.subscriptions s {where}";

    public NpgsqlBatchCommand Insert(Subscription subscription) => Sql.Command(
        $"insert into webhooks.subscriptions ({Names()}) values ({string.Join(", ", _columns.Select((_, n) => $"${n + 1}"))})",
        Values(subscription));

    public NpgsqlBatchCommand Update(Subscription subscription) => Sql.Command(
        $"update webhooks.subscriptions set {Assignments(", ", c => !Key.Contains(c))} where {Assignments(" and ", Key.Contains)}",
        Values(subscription));

    public Subscription Read(NpgsqlDataReader row) => new(
        Tenant: row.GetString("tenant_id"),
        Id: row.GetGuid("id"),
        Name: row.GetString("name"),
        Url: new Uri(row.GetString("url")),
        Events: row.GetFieldValue<string[]>("events"),
        IsEnabled: row.GetString("state") == "enabled",
        StateReason: row.NullableText("state_reason"),
        Headers: SealedHeaders.Read(row.GetString("sealed_headers"), protection),
        MaxRetries: row.Nullable<int>("max_retries"),
        RetryDelays: row.NullableArray<int>("retry_delays"),
        Timeout: TimeSpan.FromSeconds(row.GetInt32("timeout_seconds")),
        Rate: row.Nullable<decimal>("rate_per_second"),
        Concurrency: row.GetInt32("concurrency"),
        Thin: row.GetString("body") == "thin",
        PerItem: row.GetString("granularity") == "item",
        LatestWins: row.GetBoolean("latest_wins"),
        Ordering: row.NullableText("ordering") is { } ordering ? Enum.Parse<Ordering>(ordering, ignoreCase: true) : null,
        CloudEvents: row.GetString("format") == "cloudevents",
        SchemaVersion: row.GetString("schema_version"),
        Signatures: row.GetFieldValue<string[]>("signatures"),
        Fields: row.NullableArray<string>("fields"),
        SupplierCodes: row.NullableArray<string>("supplier_codes"),
        ExcludeOwn: row.GetBoolean("exclude_own"),
        CreatedBy: row.Nullable<Guid>("created_by"),
        CreatedAt: row.GetFieldValue<DateTimeOffset>("created_at"),
        UpdatedAt: row.GetFieldValue<DateTimeOffset>("updated_at"));

    private string Names(string table = "") => string.Join(", ", _columns.Select(c => table + c.Name));

    private string Assignments(string separator, Func<string, bool> which) => string.Join(
        separator, _columns.Select((c, n) => (c.Name, Place: n + 1)).Where(c => which(c.Name)).Select(c => $"{c.Name} = ${c.Place}"));

    private NpgsqlParameter[] Values(Subscription subscription) => [.. _columns.Select(c => c.Value(subscription))];

    private static NpgsqlParameter None(NpgsqlDbType element) =>
        new() { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | element };
}
