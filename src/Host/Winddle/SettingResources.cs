using PixeeEvents.Catalog.Settings;

namespace PixeeEvents.Host.Winddle;

/// <summary>The four lists of settings that are alike, and what is particular to each.</summary>
internal static class SettingResources
{
    public const string CustomFields = "custom_fields";
    public const string Statuses = "product_statuses";
    public const string Seasons = "seasons";
    public const string Sizesets = "sizesets";

    /// <summary>The module knows how long a name may be; this only keeps the unreasonable away from it.</summary>
    private const int AnyLength = 10_000;

    public static void Map(RouteGroupBuilder routes)
    {
        new SettingEndpoints<CustomField>(
            CustomFields, new Resource(CustomFields, "custom_field"), c => c.CustomFields, CustomField, WriteCustomField,
            new("""{"name": "Finition", "type": "list", "options": ["mat", "brillant"]}""", """{"name": "Poids du colis", "position": 1}""")).Map(routes);
        new SettingEndpoints<ProductStatus>(
            Statuses, new Resource(Statuses, "product_status"), c => c.Statuses, Status, (_, _) => { },
            new("""{"name": "Fin de vie"}""", """{"name": "Disponible"}""", Id: "102")).Map(routes);
        new SettingEndpoints<Season>(
            Seasons, new Resource(Seasons, "season"), c => c.Seasons, Season, (writer, season) => writer.Text("code", season.Code),
            new("""{"name": "Printemps-été 2027", "code": "PE27"}""", """{"name": "Hiver 2026"}""", Keys: "code or name")).Map(routes);
        new SettingEndpoints<Sizeset>(
            Sizesets, new Resource(Sizesets, "sizeset"), c => c.Sizesets, Sizeset, WriteSizeset,
            new("""{"name": "Enfant", "sizes": ["6", "8", "10"], "category_id": 1}""", """{"sizes": ["40", "55", "65", "75"]}""")).Map(routes);
    }

    private static CustomField CustomField(Input input, CustomField? before) => new(
        0,
        Name(input, before),
        input.Has("type") ? Type(input) : before?.Type ?? CustomFieldType.Text,
        input.Has("options") ? input.Texts("options", AnyLength) : before?.Options ?? [],
        Position(input, before));

    private static CustomFieldType Type(Input input)
    {
        if (input.Text("type", required: true) is { } name && Catalog.Settings.CustomFields.TypeOf(name) is { } type)
        {
            return type;
        }

        input.Errors.Add("type", "must be one of text, number, date, boolean, list");
        return CustomFieldType.Text;
    }

    private static void WriteCustomField(ResourceWriter writer, CustomField field)
    {
        writer.Text("type", Catalog.Settings.CustomFields.TypeName(field.Type));
        writer.Texts("options", "option", field.Options);
    }

    private static ProductStatus Status(Input input, ProductStatus? before) => new(0, Name(input, before), Position(input, before));

    private static Season Season(Input input, Season? before)
    {
        var name = Name(input, before);
        var code = input.Has("code") ? input.Text("code", AnyLength, required: before is not null) : before?.Code;
        return new Season(0, name, code ?? name, Position(input, before));
    }

    private static Sizeset Sizeset(Input input, Sizeset? before) => new(
        0,
        Name(input, before),
        input.Has("sizes") ? input.Texts("sizes", AnyLength) : before?.Sizes ?? [],
        input.Has("category_id") ? input.Integer("category_id", min: 0) is > 0 and var category ? category : null : before?.Category,
        Position(input, before));

    private static void WriteSizeset(ResourceWriter writer, Sizeset sizeset)
    {
        WriteSizes(writer, sizeset);
        writer.Integer("category_id", sizeset.Category);
    }

    /// <summary>What a product tells of a size set beside its id and name.</summary>
    public static void WriteSizes(ResourceWriter writer, Sizeset sizeset) => writer.Texts("sizes", "size", sizeset.Sizes);

    private static string Name(Input input, ISetting? before) =>
        input.Has("name") || before is null ? input.Text("name", AnyLength, required: true) ?? "" : before.Name;

    private static int Position(Input input, ISetting? before) => (int?)input.Integer("position", min: 1, max: int.MaxValue) ?? before?.Position ?? 0;
}
