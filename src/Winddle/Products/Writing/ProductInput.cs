using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PixeeEvents.Catalog;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Products.Writing;

/// <summary>
/// What a body says of a product or variant. Plain fields are parsed at once; what names a category, season, status, user or custom
/// field is looked up by <see cref="ProductLinks"/>. Names that are no fields are passed over, so that what was read may be sent back.
/// </summary>
internal sealed class ProductInput
{
    private const int MinName = 2;
    private const int MaxName = 100;

    private static readonly string[] Texts =
        ["source_id", "reference", "material", "brand", "color", "size", "washcare", "dimensions", "theme", "collection", "formula"];

    private readonly Input _input;
    private readonly Dictionary<string, JsonElement?> _plain = new(StringComparer.Ordinal);
    private readonly List<(string Field, string? Value)> _customs = [];
    private readonly List<(string Field, string Message)> _refused = [];

    private ProductInput(Input input) => _input = input;

    public Errors Errors => _input.Errors;

    /// <summary>Fields by the names that the catalogue gives them; null clears.</summary>
    public IReadOnlyDictionary<string, JsonElement?> Plain => _plain;

    /// <summary>The company's own fields by id or name, with their values as texts; null clears.</summary>
    public IReadOnlyList<(string Field, string? Value)> Customs => _customs;

    /// <summary>The reference it wants; null when it says nothing of it.</summary>
    public string? Reference => _plain.TryGetValue(ProductFields.Reference, out var value) ? value?.GetString() : null;

    /// <summary>The picture is to be taken away.</summary>
    public bool RemovesImage { get; private set; }

    public static ProductInput Read(Input body, WinddleOptions options, bool isNew)
    {
        var input = new ProductInput(body);
        if (isNew || body.Has(ProductFields.Name))
        {
            input.Read(ProductFields.Name, b => b.Text(ProductFields.Name, MaxName, MinName, required: true));
        }

        foreach (var field in Texts.Where(body.Has))
        {
            input.Read(field, b => b.Text(field));
        }

        if (body.Has("description"))
        {
            input.Read("description", b => b.Text("description", options.MaxDescription, multiline: true));
        }

        if (body.Has(ProductFields.TargetStoreDate))
        {
            input.Read(
                ProductFields.TargetStoreDate,
                b => b.Date(ProductFields.TargetStoreDate)?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        }

        if (isNew)
        {
            input.Judge(null);
        }

        if (body.Cleaned("image") is { Length: > 0 })
        {
            body.Errors.Add("image", "is taken as a file of a multipart form");
        }

        input.RemovesImage = body.Boolean("remove_image") == true;
        input.ReadCustoms();
        return input;
    }

    private void ReadCustoms()
    {
        foreach (var element in _input.List("customs"))
        {
            if (element is not JsonObject custom)
            {
                Errors.Add("customs", Errors.Invalid);
                continue;
            }

            var one = new Input(custom);
            var field = one.Text("field") ?? one.Text("id") ?? one.Text("name");
            var value = one.Text("value", max: 255, multiline: true);
            if (field is null || one.Errors.All.Count > 0)
            {
                Errors.Add("customs", field is null ? "needs a field" : Errors.Invalid);
            }
            else if (one.Has("value"))
            {
                _customs.Add((field, value));
            }
        }
    }

    /// <summary>Adds what is wrong with the plain fields, but for a value that is there already: the other face has longer texts.</summary>
    /// <param name="current">Fields of what is changed; null for a new one.</param>
    public void Judge(IReadOnlyDictionary<string, JsonElement>? current)
    {
        foreach (var (field, message) in _refused.Where(r => !IsThere(r.Field)))
        {
            Errors.Add(field, message);
        }

        bool IsThere(string field) =>
            current is not null && current.TryGetValue(field, out var value) && value.ValueEquals(_input.Cleaned(field));
    }

    private void Read(string field, Func<Input, string?> read)
    {
        var apart = _input.Apart();
        var value = read(apart);
        if (apart.Errors.All.Count > 0)
        {
            _refused.AddRange(apart.Errors.All);
        }
        else
        {
            _plain[field] = value is null ? null : JsonSerializer.SerializeToElement(value);
        }
    }

    public bool Has(string name) => _input.Has(name);

    public string? Key(string name) => _input.Key(name);
}
