using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Values;
using PixeeEvents.EventLog;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Products;

/// <summary>
/// <c>filter[field]=value</c>: several fields must all hold, of several values of one field any; no value means that the product has
/// none. Archived products are left out unless <c>filter[archived]</c> says otherwise.
/// </summary>
internal sealed class Filter
{
    private static readonly string[] Plain =
    [
        "name", "source_id", "reference", "material", "brand", "color", "size", "washcare", "description", "dimensions", "theme",
        "collection", "formula", "target_store_date",
    ];

    public static Parameter Parameter { get; } = Parameter.Fields(
        "filter",
        "`filter[field]=value`, several values of a field as `filter[field][]=`, or the whole as a JSON object. "
        + "All fields must hold, of several values any; an empty value finds what has none.",
        new JsonObject { ["brand"] = "KIMEX", ["archived"] = "all" },
        new JsonObject(
        [
            .. Plain.Concat(["category", "season", "status", "owner"]).Select(f => Field(f, new JsonObject { ["type"] = "string" })),
            .. new[] { "cancelled", "showcased" }.Select(f => Field(f, new JsonObject { ["type"] = "boolean" })),
            Field("archived", Archived()),
            Field("id", new JsonObject { ["type"] = "integer" }),
            Field("updated_since", new JsonObject { ["type"] = "string", ["format"] = "date-time" }),
        ]));

    private const string OnlyListed = "not p.archived";
    private const string OnlyArchived = "p.archived";

    private readonly List<string> _conditions = [];
    private readonly List<Func<NpgsqlParameter>> _parameters = [];

    /// <summary>Conditions on <c>p</c>, each led by <c>and</c>; parameters from <c>$2</c> on.</summary>
    public string Sql => string.Concat(_conditions.Select(c => " and " + c));

    /// <summary>
    /// How many products of a block pass, as winddle.page_blocks counts them; null when more than the archive is filtered.
    /// </summary>
    public string? Counted => _conditions switch
    {
        [] => "total",
        [OnlyListed] => "listed",
        [OnlyArchived] => "(total - listed)",
        _ => null,
    };

    public NpgsqlParameter[] Parameters(NpgsqlParameter first) => [first, .. _parameters.Select(p => p())];

    /// <exception cref="RefusedRequestException">
    /// 422: a field that cannot be filtered by, or a value it cannot have. 400: a filter that is no object.
    /// </exception>
    public static async Task<Filter> Of(
        IQueryCollection query, CurrentUser user, CatalogModule catalog, AccountsModule accounts, CancellationToken stop)
    {
        var (filter, errors) = (new Filter(), new Errors());
        var wanted = Wanted(query);
        foreach (var (field, node) in wanted)
        {
            if (Values(node) is { } values)
            {
                await filter.Add(user.Tenant, catalog, accounts, field, values, errors, stop);
            }
            else
            {
                errors.Add(field, Errors.Invalid);
            }
        }

        errors.ThrowIfAny();
        if (!wanted.ContainsKey("archived"))
        {
            filter._conditions.Add(OnlyListed);
        }

        return filter;
    }

    /// <summary>In a document: the values of <c>filter[archived]</c>.</summary>
    public static JsonObject Archived() => new() { ["type"] = "string", ["enum"] = new JsonArray("true", "false", "all") };

    private static KeyValuePair<string, JsonNode?> Field(string name, JsonObject schema) => new(name, schema);

    private static JsonObject Wanted(IQueryCollection query)
    {
        try
        {
            var named = query.Where(p => p.Key == "filter" || p.Key.StartsWith("filter[", StringComparison.Ordinal));
            return NestedNames.Read(named)["filter"] switch
            {
                null => [],
                JsonObject fields => fields,
                JsonValue value when value.GetValue<string>() is var text =>
                    text.Length == 0 ? [] : Body.Json(Encoding.UTF8.GetBytes(text)),
                _ => throw new FormatException("it is not an object."),
            };
        }
        catch (Exception e) when (e is FormatException or System.Text.Json.JsonException or ArgumentException)
        {
            throw new RefusedRequestException(StatusCodes.Status400BadRequest, $"The filter cannot be read: {e.Message}");
        }
    }

    /// <summary>One or several plain values in the form in which texts are kept, "" for none; null for anything else.</summary>
    private static string[]? Values(JsonNode? node)
    {
        var values = (node as JsonArray ?? [node?.DeepClone()])
            .Select(v => new Input(new JsonObject { ["value"] = v?.DeepClone() })).ToList();
        string[] texts = [.. values.Select(v => v.Text("value", int.MaxValue, multiline: true) ?? "")];
        return values.TrueForAll(v => v.Errors.All.Count == 0) ? texts : null;
    }

    private async Task Add(
        string tenant, CatalogModule catalog, AccountsModule accounts, string field, string[] values, Errors errors, CancellationToken stop)
    {
        switch (field)
        {
            case "id":
                Among("p.id", Numbers(field, values, errors), orNone: false);
                break;
            case "archived" when values is ["all"]:
                break;
            case "archived" or "cancelled" or "showcased":
                var wanted = values.Select(v => FlagValue.Read(v)).ToList();
                if (wanted.Contains(null))
                {
                    errors.Add(field, Errors.Invalid);
                }
                else if (field == "archived" && wanted.Distinct().ToList() is [var archived])
                {
                    _conditions.Add(archived == true ? OnlyArchived : OnlyListed);
                }
                else
                {
                    Holds($"p.{field} = any($0)", () => Postgres.Sql.Bools(wanted.OfType<bool>()));
                }

                break;
            case "updated_since":
                if (values is [var time]
                    && DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since))
                {
                    Holds("p.updated_at >= $0", () => Postgres.Sql.Timestamp(since));
                }
                else
                {
                    errors.Add(field, "is not a time (2014-05-14T02:03:20Z)");
                }

                break;
            case "category":
                var categories = await catalog.Categories.List(tenant, stop);
                Linked(
                    ProductFields.Category, values, v => categories.Where(c => Is(c.Number, v) || Same(c.Name, v)).Select(c => c.Number));
                break;
            case "season":
                var seasons = await catalog.Seasons.List(tenant, stop);
                Linked(
                    ProductFields.Season,
                    values,
                    v => seasons.Where(s => Is(s.Id, v) || Same(s.Name, v) || Same(s.Code, v)).Select(s => s.Id));
                break;
            case "status":
                var statuses = await catalog.Statuses.List(tenant, stop);
                var ids = values.SelectMany(v => statuses.Where(s => Is(s.Id, v) || Same(s.Name, v))).Select(s => s.Id).ToList();
                Among(ColumnOf(ProductFields.Status), ids, orNone: ids.Contains(statuses[0].Id));
                break;
            case "owner":
                var users = await accounts.Users(tenant, stop);
                Linked(ProductFields.Owner, values, v => users.Where(u => Is(u.Id, v) || Same(u.Email, v)).Select(u => u.Id));
                break;
            case var name when Plain.Contains(name, StringComparer.Ordinal):
                var column = ColumnOf(name);
                Holds($"({column} = any($0){(values.Contains("") ? $" or {column} is null" : "")})", () => Postgres.Sql.Texts(values));
                break;
            default:
                errors.Add(field, "is no field to filter by");
                break;
        }
    }

    private void Linked(string field, string[] values, Func<string, IEnumerable<long>> find) =>
        Among(ColumnOf(field), [.. values.SelectMany(find)], orNone: values.Any(v => v is "" or "0"));

    /// <summary>What is often asked for has a column and an index of its own.</summary>
    private static string ColumnOf(string field) => field switch
    {
        ProductFields.Name or ProductFields.SourceId or ProductFields.Reference or ProductFields.Owner or ProductFields.Category =>
            $"p.{field}",
        ProductFields.Season or ProductFields.Status => $"(p.fields ->> '{field}')::bigint",
        _ => $"p.fields ->> '{field}'",
    };

    private void Among(string column, List<long> ids, bool orNone) =>
        Holds($"({column} = any($0){(orNone ? $" or {column} is null" : "")})", () => Postgres.Sql.Longs(ids));

    private void Holds(string condition, Func<NpgsqlParameter> parameter)
    {
        _parameters.Add(parameter);
        _conditions.Add(condition.Replace("$0", $"${_parameters.Count + 1}", StringComparison.Ordinal));
    }

    private static List<long> Numbers(string field, string[] values, Errors errors)
    {
        var numbers = values
            .Select(v => long.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : (long?)null).ToList();
        if (numbers.Contains(null))
        {
            errors.Add(field, Errors.Invalid);
        }

        return [.. numbers.OfType<long>()];
    }

    private static bool Is(long id, string value) => value == id.ToString(CultureInfo.InvariantCulture);

    private static bool Same(string name, string value) => name.Equals(value, StringComparison.OrdinalIgnoreCase);
}
