using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.Winddle.Wire;
using Wolverine.Http;

namespace PixeeEvents.Winddle.Settings;

/// <summary>The company's own fields of products.</summary>
public static class CustomFieldEndpoints
{
    private const string All = WinddleApi.Root + SettingRoutes.CustomFields;
    private const string One = All + "/{id}";

    private static readonly SettingResource<CustomField> Fields = new(
        new Resource("custom_fields", "custom_field"), Read, Write);

    [WolverineGet(All)]
    public static Task<Answer> List(CurrentUser user, CatalogModule catalog, CancellationToken stop) =>
        Fields.List(user, catalog.CustomFields, stop);

    [WolverineGet(One)]
    public static Task<Answer> Show(CurrentUser user, string id, CatalogModule catalog, CancellationToken stop) =>
        Fields.Show(user, catalog.CustomFields, id, stop);

    [WolverinePost(All)]
    public static Task<Answer> Create(HttpContext context, CurrentUser user, CatalogModule catalog, CancellationToken stop) =>
        Fields.Create(context, user, catalog.CustomFields, stop);

    [WolverinePut(One)]
    public static Task<Answer> Update(
        HttpContext context, CurrentUser user, string id, CatalogModule catalog, CancellationToken stop) =>
        Fields.Update(context, user, catalog.CustomFields, id, stop);

    [WolverineDelete(One)]
    public static Task<Answer> Delete(CurrentUser user, string id, CatalogModule catalog, CancellationToken stop) =>
        Fields.Delete(user, catalog.CustomFields, id, stop);

    private static CustomField Read(Input input, CustomField? before) => new(
        0,
        SettingInput.Name(input, before),
        input.Has("type") ? Type(input) : before?.Type ?? CustomFieldType.Text,
        input.Has("options") ? input.Texts("options", SettingInput.AnyLength) : before?.Options ?? [],
        SettingInput.Position(input, before));

    private static CustomFieldType Type(Input input)
    {
        if (input.Text("type", required: true) is { } name && CustomFields.TypeOf(name) is { } type)
        {
            return type;
        }

        input.Errors.Add("type", "must be one of text, number, date, boolean, list");
        return CustomFieldType.Text;
    }

    private static void Write(ResourceWriter writer, CustomField field)
    {
        writer.Text("type", CustomFields.TypeName(field.Type));
        writer.Texts("options", "option", field.Options);
    }
}
