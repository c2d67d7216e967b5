using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using PixeeEvents.Winddle.Shapes;
using PixeeEvents.WinDev;

namespace PixeeEvents.Host.OpenApi.Shapes;

/// <summary>
/// What the schema of a shape says beyond its type: the fields of the catalogue, and that what may be left out is never null.
/// </summary>
internal sealed class SchemaDetails : IOpenApiSchemaTransformer
{
    private const string NullableProperty = "x-is-nullable-property";

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        schema.Default = null;
        if (type == typeof(Nothing))
        {
            (schema.Type, schema.Properties) = (JsonSchemaType.Null, null);
        }
        else if (type == typeof(WinddleShapes.Key))
        {
            (schema.Type, schema.Properties) = (JsonSchemaType.String | JsonSchemaType.Integer, null);
        }
        else if (type.IsEnum)
        {
            schema.Type = JsonSchemaType.String;
        }
        else if (context.JsonPropertyInfo is { } property && IsLeftOut(property.AttributeProvider))
        {
            schema.Type &= ~JsonSchemaType.Null;
            schema.Metadata?.Remove(NullableProperty);
        }

        if (WinDevShapes.Fields.TryGetValue(type, out var fields))
        {
            schema.Properties ??= new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal);
            foreach (var field in ProductFields.All.Values.Where(fields.Has).OrderBy(f => f.Name, StringComparer.Ordinal))
            {
                schema.Properties.TryAdd(field.Name, Of(field, fields.TakesNull && field.IsClearable));
            }
        }

        return Task.CompletedTask;
    }

    private static bool IsLeftOut(ICustomAttributeProvider? attributes) =>
        attributes?.GetCustomAttributes(typeof(JsonIgnoreAttribute), inherit: true)
            is [JsonIgnoreAttribute { Condition: JsonIgnoreCondition.WhenWritingNull }];

    private static OpenApiSchema Of(ProductField field, bool takesNull)
    {
        var schema = new OpenApiSchema
        {
            Type = field.Kind switch
            {
                FieldKind.Integer => JsonSchemaType.Integer,
                FieldKind.Number => JsonSchemaType.Number,
                FieldKind.Boolean => JsonSchemaType.Boolean,
                FieldKind.Document => JsonSchemaType.Object,
                _ => JsonSchemaType.String,
            },
            Format = field.Kind switch { FieldKind.Integer => "int64", FieldKind.Number => "double", FieldKind.Date => "date", _ => null },
            Pattern = field.Kind switch { FieldKind.Ean => "^[0-9]{8,14}$", FieldKind.Country => "^[A-Z]{2}$", _ => null },
            MaxLength = field.Kind == FieldKind.Text ? field.MaxLength : null,
        };
        if (field.Kind is FieldKind.Integer or FieldKind.Number)
        {
            (schema.Minimum, schema.Maximum) =
                (field.Min.ToString(CultureInfo.InvariantCulture), field.Max.ToString(CultureInfo.InvariantCulture));
        }

        if (takesNull)
        {
            schema.Type |= JsonSchemaType.Null;
        }

        return schema;
    }
}
