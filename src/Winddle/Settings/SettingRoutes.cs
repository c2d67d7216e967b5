using PixeeEvents.Winddle.Shapes;


namespace PixeeEvents.Winddle.Settings;

/// <summary>Routes of what a company describes its products with: read by every user, written by company admins.</summary>
internal static class SettingRoutes
{
    public const string Categories = "/product_categories";
    public const string CustomFields = "/custom_fields";
    public const string Statuses = "/product_statuses";
    public const string Seasons = "/seasons";
    public const string Sizesets = "/sizesets";

    public static void Add(RouteTable routes)
    {
        AddCategories(routes);
        Add<
            WinddleShapes.CustomFieldAnswer,
            WinddleShapes.CustomFieldListAnswer,
            WinddleBodies.NewCustomField,
            WinddleBodies.CustomFieldChange>(
            routes,
            CustomFields,
            "custom field",
            """{"name": "Finition", "type": "list", "options": ["mat", "brillant"]}""",
            """{"name": "Poids du colis", "position": 1}""");
        Add<WinddleShapes.StatusAnswer, WinddleShapes.StatusListAnswer, WinddleBodies.NewStatus, WinddleBodies.StatusChange>(
            routes,
            Statuses,
            "product status",
            """{"name": "Fin de vie"}""",
            """{"name": "Disponible"}""",
            id: "102",
            plural: "product statuses");
        Add<WinddleShapes.SeasonAnswer, WinddleShapes.SeasonListAnswer, WinddleBodies.NewSeason, WinddleBodies.SeasonChange>(
            routes,
            Seasons,
            "season",
            """{"name": "Printemps-été 2027", "code": "PE27"}""",
            """{"name": "Hiver 2026"}""",
            keys: "code or name");
        Add<WinddleShapes.SizesetAnswer, WinddleShapes.SizesetListAnswer, WinddleBodies.NewSizeset, WinddleBodies.SizesetChange>(
            routes,
            Sizesets,
            "sizeset",
            """{"name": "Enfant", "sizes": ["6", "8", "10"], "category_id": 1}""",
            """{"sizes": ["40", "55", "65", "75"]}""");
    }

    /// <param name="create">A body that makes one.</param>
    /// <param name="update">A body that changes one.</param>
    /// <param name="id">Of one that is there.</param>
    /// <param name="keys">What finds one beside its id.</param>
    private static void Add<TAnswer, TList, TNew, TChange>(
        RouteTable routes,
        string path,
        string one,
        string create,
        string update,
        string id = "2",
        string keys = "name",
        string? plural = null)
    {
        var (name, key) = (path[1..], Parameter.Path("id", $"Id or {keys} of it.", id));
        routes.Add($"GET {path}", Admission.Read, $"{name}/list", $"All {plural ?? one + "s"} by position.", gives: typeof(TList));
        routes.Add($"GET {path}/{{id}}", Admission.Read, $"{name}/show", $"A {one}.", [key], gives: typeof(TAnswer));
        routes.Add(
            $"POST {path}",
            Admission.Administer,
            $"{name}/create",
            $"Creates a {one}.",
            body: create,
            status: StatusCodes.Status201Created,
            gives: typeof(TAnswer),
            takes: typeof(TNew));
        routes.Add(
            $"PUT {path}/{{id}}",
            Admission.Administer,
            $"{name}/update",
            $"Changes what the body names of a {one}.",
            [key],
            update,
            gives: typeof(TAnswer),
            takes: typeof(TChange));
        routes.Add(
            $"DELETE {path}/{{id}}",
            Admission.Administer,
            $"{name}/destroy",
            $"Deletes a {one}; answers with what it was.",
            [key],
            gives: typeof(TAnswer));
    }

    private static void AddCategories(RouteTable routes)
    {
        var key = Parameter.Path("id", "Id or label of the category.", "2");
        routes.Add(
            $"GET {Categories}",
            Admission.Read,
            "product_categories/list",
            "All categories by level and position.",
            gives: typeof(WinddleShapes.CategoryListAnswer));
        routes.Add(
            $"GET {Categories}/{{id}}",
            Admission.Read,
            "product_categories/show",
            "A category with its ancestors, root first.",
            [key],
            gives: typeof(WinddleShapes.CategoryAnswer),
            refusals: [StatusCodes.Status422UnprocessableEntity]);
        routes.Add(
            $"POST {Categories}",
            Admission.Administer,
            "product_categories/create",
            "Creates a category, below another or as a root.",
            body: """{"label": "Supports plafond", "parent_id": 1, "source_id": "SUP-PLA"}""",
            status: StatusCodes.Status201Created,
            gives: typeof(WinddleShapes.CategoryAnswer),
            takes: typeof(WinddleBodies.NewCategory));
        routes.Add(
            $"PUT {Categories}/{{id}}",
            Admission.Administer,
            "product_categories/update",
            "Renames or moves a category; what lies below it moves along.",
            [key],
            """{"label": "Supports pour murs", "position": 2}""",
            gives: typeof(WinddleShapes.CategoryAnswer),
            takes: typeof(WinddleBodies.CategoryChange));
        routes.Add(
            $"DELETE {Categories}/{{id}}",
            Admission.Administer,
            "product_categories/destroy",
            "Deletes a category that nothing lies below and nothing uses; answers with what it was.",
            [key with { Example = "3" }],
            gives: typeof(WinddleShapes.CategoryAnswer));
    }
}
