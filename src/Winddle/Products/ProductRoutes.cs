using PixeeEvents.Winddle.Attachments;
using PixeeEvents.Winddle.Shapes;
using PixeeEvents.Winddle.Wire;


namespace PixeeEvents.Winddle.Products;

/// <summary>Routes of products.</summary>
internal static class ProductRoutes
{
    public const string All = WinddleApi.Root + "/products";
    public const string One = All + "/{key}";

    private const string Picture = "product[image]";

    private const string NewProduct =
        """
        {"name": "TestCreationProduit", "reference": "TestProduit-001", "color": "Blanc", "target_store_date": "2026-03-01",
         "category": "Supports muraux", "season": "PE26", "status": "En vente", "customs": [{"field": "Norme", "value": "VESA 200"}]}
        """;

    private const string Change = """{"color": "Noir", "customs": [{"field": "Norme", "value": "VESA 400"}]}""";

    public static Parameter Key { get; } = Parameter.Path("key", "Id, source_id or name of the product.", "1");

    public static Resource Resource { get; } = new("products", "product");

    public static void Add(RouteTable routes)
    {
        routes.Add(
            "GET /products",
            Admission.Read,
            "products/list",
            "The company's products by pages.",
            [Filter.Parameter, .. Paging.Parameters],
            gives: typeof(WinddleShapes.ProductListAnswer));
        routes.Add(
            "GET /recent/products",
            Admission.Read,
            "products/recent",
            RecentEndpoint.Summary,
            RecentEndpoint.Parameters,
            gives: typeof(WinddleShapes.ProductListAnswer),
            id: "ListRecentProducts");
        routes.Add(
            "POST /products",
            Admission.Write with { MaxFormBytes = Uploads.MaxFormBytes },
            "products/create",
            "Creates a product.",
            body: NewProduct,
            file: Picture,
            status: StatusCodes.Status201Created,
            gives: typeof(WinddleShapes.ProductAnswer),
            takes: typeof(WinddleBodies.NewProduct));
        routes.Add(
            "GET /products/{key}",
            Admission.Read,
            "products/show",
            "A product with everything that belongs to it, attachments included.",
            [Key],
            gives: typeof(WinddleShapes.ProductAnswer));
        routes.Add(
            "PUT /products/{key}",
            Admission.Manage with { MaxFormBytes = Uploads.MaxFormBytes },
            "products/update",
            "Changes what the body names of a product.",
            [Key],
            Change,
            Picture,
            gives: typeof(WinddleShapes.ProductAnswer),
            takes: typeof(WinddleBodies.ProductChange));
        routes.Add(
            "DELETE /products/{key}",
            Admission.Manage,
            "products/destroy",
            "Destroys a product for good, while no project line uses it; answers with what it was.",
            [Key with { Example = "2" }],
            gives: typeof(WinddleShapes.ProductAnswer));
        Add(routes, "archive", Admission.Manage, "Archives a product; it is inactive for WinDev.");
        Add(routes, "unarchive", Admission.Manage, "Takes a product out of the archive.");
        Add(routes, "cancel", Admission.Manage, "Cancels a product and archives it.");
        Add(routes, "uncancel", Admission.Manage, "Ends the cancellation of a product, and its archive.");
        Add(routes, "showcase", Admission.Manage, "Showcases a product.");
        Add(routes, "unshowcase", Admission.Manage, "Ends the showcase of a product.");
        Add(routes, "like", Admission.Write, "Likes a product, for the current user alone.");
        Add(routes, "unlike", Admission.Write, "Takes the current user's like of a product back.");
    }

    private static void Add(RouteTable routes, string action, Admission admission, string summary) =>
        routes.Add(
            $"PUT /products/{{key}}/{action}",
            admission,
            "products/" + action,
            summary,
            [Key],
            gives: typeof(WinddleShapes.ProductAnswer));
}
