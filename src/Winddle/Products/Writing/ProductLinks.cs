using System.Globalization;
using System.Text.Json;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.EventLog;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Products.Writing;

/// <summary>What a body's words stand for: category, season, status, owner, the company's own fields.</summary>
internal sealed class ProductLinks
{
    private readonly CatalogModule _catalog;
    private readonly (string? Key, User? User) _owner;
    private readonly IReadOnlyList<ProductStatus> _statuses;
    private readonly Dictionary<long, CustomField> _customFields;

    private ProductLinks(
        CatalogModule catalog,
        (string? Key, User? User) owner,
        IReadOnlyList<ProductStatus> statuses,
        IReadOnlyList<CustomField> customFields)
    {
        (_catalog, _owner, _statuses) = (catalog, owner, statuses);
        _customFields = customFields.ToDictionary(f => f.Id);
    }

    /// <summary>Who is named as the owner.</summary>
    public User? Owner => _owner.User;

    /// <summary>What a new product has.</summary>
    private long DefaultStatus => _statuses[0].Id;

    /// <summary>
    /// Reads what the unit of work will need and what nobody deletes: a session that waited for a second connection could wait for ever.
    /// </summary>
    public static async Task<ProductLinks> Load(
        CatalogModule catalog, AccountsModule accounts, User user, ProductInput input, CancellationToken cancellationToken) => new(
        catalog,
        await NamedOwner(accounts, user, input, cancellationToken),
        await catalog.Statuses.List(user.Tenant, cancellationToken),
        input.Customs.Count == 0 ? [] : await catalog.CustomFields.List(user.Tenant, cancellationToken));

    /// <summary>As the other, with the company's settings at hand.</summary>
    public static async Task<ProductLinks> Load(
        CatalogModule catalog,
        AccountsModule accounts,
        User user,
        ProductInput input,
        CompanySettings settings,
        CancellationToken cancellationToken) => new(
        catalog, await NamedOwner(accounts, user, input, cancellationToken), settings.Statuses, settings.CustomFields);

    /// <summary>
    /// The fields as commands take them. What does not exist is added to the input's errors, unless it is what stands there already.
    /// </summary>
    /// <param name="current">Fields of what is changed; null for a new one.</param>
    /// <param name="ofVariant">A variant shares its product's category and owner.</param>
    public async Task<Dictionary<string, JsonElement?>> Resolve(
        EventSession session,
        ProductInput input,
        IReadOnlyDictionary<string, JsonElement>? current,
        CancellationToken cancellationToken,
        bool ofVariant = false)
    {
        input.Judge(current);
        var fields = new Dictionary<string, JsonElement?>(input.Plain, StringComparer.Ordinal);
        if (!ofVariant)
        {
            await Link("category", ProductFields.Category, keys => CategoryTree.Resolve(session, keys, cancellationToken));
            if (_owner.User is { } owner)
            {
                fields[ProductFields.Owner] = JsonSerializer.SerializeToElement(owner.Id);
            }
            else if (_owner.Key is { } key && Current(ProductFields.Owner) != key)
            {
                input.Errors.Add("owner", Errors.Unknown);
            }
        }

        await Link("season", ProductFields.Season, keys => _catalog.Seasons.Resolve(session, keys, cancellationToken));
        await Link("status", ProductFields.Status, keys => _catalog.Statuses.Resolve(session, keys, cancellationToken));
        await Customs(session, input, fields, Current, cancellationToken);
        return fields;

        string? Current(string field) => current is not null && current.TryGetValue(field, out var value) ? value.ToString() : null;

        // A default status stays where it is no longer to be had; a product without a status shows the first.
        bool IsStatusShown(string key, long? named) => Current(ProductFields.Status) is { } id
            ? named is null && (id == key || IsNamed(long.Parse(id, CultureInfo.InvariantCulture), key))
            : named == DefaultStatus && current is not null && !ofVariant;

        bool IsNamed(long status, string key) =>
            ProductStatuses.NameOf(_statuses, status)?.Equals(key, StringComparison.OrdinalIgnoreCase) == true;

        async Task Link(string name, string field, Func<IReadOnlyCollection<string>, Task<IReadOnlyDictionary<string, Reference>>> resolve)
        {
            if (!input.Has(name))
            {
                return;
            }

            if (input.Key(name) is not { } key || key == "0")
            {
                fields[field] = null;
                return;
            }

            var reference = (await resolve([key]))[key];
            if (field == ProductFields.Status && IsStatusShown(key, reference.Id))
            {
                return;
            }

            if (reference.Refusal is { } refusal)
            {
                var isAmbiguous = refusal.Code.EndsWith("_ambiguous", StringComparison.Ordinal);
                input.Errors.Add(
                    name, isAmbiguous ? "names several; give an id" : name == "status" ? "is not included in the list" : Errors.Unknown);
            }
            else
            {
                fields[field] = JsonSerializer.SerializeToElement(reference.Id);
            }
        }
    }

    /// <remarks>Only a company admin names an owner; from anybody else the word is passed over.</remarks>
    private static async Task<(string? Key, User? User)> NamedOwner(
        AccountsModule accounts, User user, ProductInput input, CancellationToken cancellationToken)
    {
        var key = user.IsAdmin ? input.Key("owner") : null;
        return (key, key is null ? null : await accounts.FindUser(user.Tenant, key, cancellationToken));
    }

    private async Task Customs(
        EventSession session,
        ProductInput input,
        Dictionary<string, JsonElement?> fields,
        Func<string, string?> current,
        CancellationToken cancellationToken)
    {
        var references = await _catalog.CustomFields.Resolve(session, [.. input.Customs.Select(c => c.Field)], cancellationToken);
        foreach (var (name, text) in input.Customs)
        {
            if (references[name].Id is not { } id || !_customFields.TryGetValue(id, out var field))
            {
                input.Errors.Add("customs", $"names a field that does not exist: {name}");
                continue;
            }

            if (text is not null && text == current(ProductFields.Custom(id)))
            {
                continue;
            }

            var (value, refusal) = field.Read(text);
            if (refusal is not null)
            {
                input.Errors.Add("customs", $"cannot be taken: {refusal.Reason}");
                continue;
            }

            fields[ProductFields.Custom(id)] = value is null ? null : JsonSerializer.SerializeToElement(value);
        }
    }
}
