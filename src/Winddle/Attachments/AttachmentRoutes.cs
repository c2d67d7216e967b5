using PixeeEvents.Winddle.Products;
using PixeeEvents.Winddle.Shapes;
using PixeeEvents.Winddle.Wire;


namespace PixeeEvents.Winddle.Attachments;

/// <summary>Routes of a product's attachments.</summary>
internal static class AttachmentRoutes
{
    public const string All = ProductRoutes.One + "/attachments";
    public const string One = All + "/{attachmentKey}";

    private const string File = "attachment[versions_attributes][][attached]";

    private const string NewAttachment =
        """
        {"name": "plan.txt",
         "versions_attributes": [{"base64_data": "UGxhbiBkZSBtb250YWdlCg==", "filename": "plan.txt", "note": "Premier jet"}]}
        """;

    private const string NextVersion =
        """{"folder": "Notices", "versions_attributes": [{"base64_data": "Tm90aWNlIDIK", "filename": "notice-2.txt"}]}""";

    private static readonly Parameter Key = Parameter.Path("attachmentKey", "Id, source_id or name of the attachment.", "1");

    public static Resource Resource { get; } = new("attachments", "attachment");

    public static void Add(RouteTable routes)
    {
        routes.Add(
            "GET /products/{key}/attachments",
            Admission.Read,
            "attachments/list",
            "The attachments of a product.",
            [ProductRoutes.Key],
            gives: typeof(WinddleShapes.AttachmentListAnswer));
        routes.Add(
            "POST /products/{key}/attachments",
            Admission.Upload,
            "attachments/create",
            "Attaches a file to a product: Base64, an address to download from, or the part of a form.",
            [ProductRoutes.Key],
            NewAttachment,
            File,
            StatusCodes.Status201Created,
            gives: typeof(WinddleShapes.AttachmentAnswer),
            takes: typeof(WinddleBodies.AttachmentChange));
        routes.Add(
            "GET /products/{key}/attachments/{attachmentKey}",
            Admission.Read,
            "attachments/show",
            "An attachment with its versions.",
            [ProductRoutes.Key, Key],
            gives: typeof(WinddleShapes.AttachmentAnswer));
        routes.Add(
            "PUT /products/{key}/attachments/{attachmentKey}",
            Admission.Upload,
            "attachments/update",
            "Renames or moves an attachment, or adds a version.",
            [ProductRoutes.Key, Key],
            NextVersion,
            File,
            gives: typeof(WinddleShapes.AttachmentAnswer),
            takes: typeof(WinddleBodies.AttachmentChange));
        routes.Add(
            "DELETE /products/{key}/attachments/{attachmentKey}",
            Admission.Manage,
            "attachments/destroy",
            "Removes an attachment with its versions; answers with what it was.",
            [ProductRoutes.Key, Key],
            gives: typeof(WinddleShapes.AttachmentAnswer));
    }
}
