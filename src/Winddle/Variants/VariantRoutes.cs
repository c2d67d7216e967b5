using PixeeEvents.Winddle.Products;
using PixeeEvents.Winddle.Shapes;
using PixeeEvents.Winddle.Wire;


namespace PixeeEvents.Winddle.Variants;

/// <summary>Routes of a product's variants.</summary>
internal static class VariantRoutes
{
    public const string All = ProductRoutes.One + "/variants";
    public const string One = All + "/{variantKey}";

    private const string NewVariant = """{"name": "Support TV mural fixe, rouge", "reference": "ART-001-R", "color": "Rouge"}""";

    private static readonly Parameter Key = Parameter.Path("variantKey", "Id, source_id or name of the variant.", "1");

    public static Resource Resource { get; } = new("variants", "variant");

    public static void Add(RouteTable routes)
    {
        routes.Add(
            "GET /products/{key}/variants",
            Admission.Read,
            "variants/list",
            "The variants of a product.",
            [ProductRoutes.Key],
            gives: typeof(WinddleShapes.VariantListAnswer));
        routes.Add(
            "POST /products/{key}/variants",
            Admission.Manage,
            "variants/create",
            "Adds a variant to a product.",
            [ProductRoutes.Key],
            NewVariant,
            status: StatusCodes.Status201Created,
            gives: typeof(WinddleShapes.VariantAnswer),
            takes: typeof(WinddleBodies.NewVariant));
        routes.Add(
            "GET /products/{key}/variants/{variantKey}",
            Admission.Read,
            "variants/show",
            "A variant.",
            [ProductRoutes.Key, Key],
            gives: typeof(WinddleShapes.VariantAnswer));
        routes.Add(
            "PUT /products/{key}/variants/{variantKey}",
            Admission.Manage,
            "variants/update",
            "Changes what the body names of a variant.",
            [ProductRoutes.Key, Key],
            """{"size": "L"}""",
            gives: typeof(WinddleShapes.VariantAnswer),
            takes: typeof(WinddleBodies.VariantChange));
        routes.Add(
            "DELETE /products/{key}/variants/{variantKey}",
            Admission.Manage,
            "variants/destroy",
            "Removes a variant that no project line uses; answers with what it was.",
            [ProductRoutes.Key, Key with { Example = "2" }],
            gives: typeof(WinddleShapes.VariantAnswer));
    }
}
