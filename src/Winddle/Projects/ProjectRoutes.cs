using System.Text.Json.Nodes;
using PixeeEvents.Winddle.Products;
using PixeeEvents.Winddle.Shapes;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Projects;

/// <summary>Routes of projects and their lines.</summary>
internal static class ProjectRoutes
{
    public const string All = WinddleApi.Root + "/projects";
    public const string One = All + "/{id}";
    public const string Lines = All + "/{project}/line_items";
    public const string Line = Lines + "/{id}";

    private const string NewProject =
        """
        {"name": "Collection hiver", "source_id": "HIVER-26", "season": "PE26", "members": ["user@demo.example"], "incoterm": "cif",
         "terms_validated_at": "2026-03-01T10:00:00.000Z"}
        """;

    private const string NewLine =
        """
        {"product": 1, "variants": [1, 2], "name": "Supports du salon", "start_at": "2026-03-01", "deliver_at": "2026-06-30"}
        """;

    private static readonly Parameter Key = Parameter.Path("id", "Id, source_id or name of the project.", "1");

    private static readonly Parameter ProjectKey = Key with { Name = "project" };

    private static readonly Parameter LineKey = Parameter.Path("id", "Id, source_id or name of the line.", "1");

    private static readonly Parameter ArchivedFilter = Parameter.Fields(
        "filter",
        "`filter[archived]`: without archived projects (`false`, the default), those alone (`true`), or `all`.",
        new JsonObject { ["archived"] = "all" },
        new JsonObject { ["archived"] = Filter.Archived() });

    public static Resource Resource { get; } = new("projects", "project");

    public static Resource LineResource { get; } = new("line_items", "line_item");

    public static void Add(RouteTable routes)
    {
        routes.Add(
            "GET /projects",
            Admission.Read,
            "projects/list",
            "The projects that the user sees, the newest first, by pages.",
            [ArchivedFilter, .. Paging.Parameters],
            gives: typeof(WinddleShapes.ProjectListAnswer));
        routes.Add(
            "GET /projects/{id}",
            Admission.Read,
            "projects/show",
            "A project.",
            [Key],
            gives: typeof(WinddleShapes.ProjectAnswer));
        routes.Add(
            "POST /projects",
            Admission.Write,
            "projects/create",
            "Creates a project; it is the user's.",
            body: NewProject,
            status: StatusCodes.Status201Created,
            gives: typeof(WinddleShapes.ProjectAnswer),
            takes: typeof(WinddleBodies.NewProject));
        routes.Add(
            "PUT /projects/{id}",
            Admission.Manage,
            "projects/update",
            "Changes what the body names of a project.",
            [Key],
            """{"warehouse": "Lyon", "incoterm": "fob", "archived": false}""",
            gives: typeof(WinddleShapes.ProjectAnswer),
            takes: typeof(WinddleBodies.ProjectChange));
        routes.Add(
            "DELETE /projects/{id}",
            Admission.Manage,
            "projects/destroy",
            "Deletes a project without lines; answers with what it was.",
            [Key with { Example = "2" }],
            gives: typeof(WinddleShapes.ProjectAnswer));
        AddLines(routes);
    }

    private static void AddLines(RouteTable routes)
    {
        routes.Add(
            "GET /projects/{project}/line_items",
            Admission.Read,
            "line_items/list",
            "The lines of a project.",
            [ProjectKey],
            gives: typeof(WinddleShapes.LineItemListAnswer));
        routes.Add(
            "GET /projects/{project}/line_items/{id}",
            Admission.Read,
            "line_items/show",
            "A line of a project.",
            [ProjectKey, LineKey],
            gives: typeof(WinddleShapes.LineItemAnswer));
        routes.Add(
            "POST /projects/{project}/line_items",
            Admission.Manage,
            "line_items/create",
            "Adds a line with a product of the catalogue, or with a new one.",
            [ProjectKey],
            NewLine,
            status: StatusCodes.Status201Created,
            gives: typeof(WinddleShapes.LineItemAnswer),
            takes: typeof(WinddleBodies.NewLineItem));
        routes.Add(
            "PUT /projects/{project}/line_items/{id}",
            Admission.Manage,
            "line_items/update",
            "Changes what the body names of a line; its product stays.",
            [ProjectKey, LineKey],
            """{"locked": true, "freight_type": "sea", "variants": [2]}""",
            gives: typeof(WinddleShapes.LineItemAnswer),
            takes: typeof(WinddleBodies.LineItemChange));
        routes.Add(
            "DELETE /projects/{project}/line_items/{id}",
            Admission.Manage,
            "line_items/destroy",
            "Deletes a line; answers with what it was.",
            [ProjectKey, LineKey],
            gives: typeof(WinddleShapes.LineItemAnswer));
    }
}
