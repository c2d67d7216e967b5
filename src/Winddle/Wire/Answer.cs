using System.Globalization;
using System.Text.Json;
using System.Xml;

namespace PixeeEvents.Winddle.Wire;

/// <summary>A kind of thing the face serves, by the names its documents give it.</summary>
internal sealed record Resource(string Plural, string Singular);

/// <summary>Which part of a list is wanted.</summary>
public sealed record Page(int Number, int Size)
{
    public long Offset => (long)(Number - 1) * Size;
}

/// <summary>The one place that writes answers: wrapped, in the format of the call, errors included.</summary>
public sealed class Answer : IResult
{
    private readonly int _status;
    private readonly Action<ResourceWriter> _write;
    private readonly (Page Page, long Total)? _part;

    private Answer(int status, Resource resource, string action, Action<ResourceWriter> content, (Page Page, long Total)? part = null)
    {
        (_status, _part) = (status, part);
        _write = writer =>
        {
            writer.Object("resource", () =>
            {
                writer.Text("type", resource.Plural);
                writer.Text("action", action);
            });
            content(writer);
        };
    }

    /// <summary><c>resource {type, action}</c> and the item under its own name.</summary>
    internal static Answer Item(Resource resource, string action, Action<ResourceWriter> write, int status = StatusCodes.Status200OK) =>
        new(status, resource, action, writer => writer.Object(resource.Singular, () => write(writer)));

    /// <summary><c>resource {type, action}</c> and the items under their plural.</summary>
    internal static Answer List<T>(Resource resource, string action, IReadOnlyList<T> items, Action<ResourceWriter, T> write) =>
        new(StatusCodes.Status200OK, resource, action, Written(resource, items, write));

    /// <summary>As <see cref="List{T}"/>, with the totals and the neighbouring pages in the headers.</summary>
    internal static Answer Paged<T>(
        Resource resource, string action, Page page, long total, IReadOnlyList<T> items, Action<ResourceWriter, T> write) =>
        new(StatusCodes.Status200OK, resource, action, Written(resource, items, write), (page, total));

    /// <summary>JSON: <c>{"errors": {"name": ["can't be blank"]}}</c>; XML: one <c>error</c> sentence each, with its field.</summary>
    internal static Task Refused(HttpContext context, int status, Errors errors)
    {
        if ((Formats.OfAnswer(context) ?? Formats.OfBody(context) ?? Format.Json) == Format.Json)
        {
            return Json(context, status, writer => writer.Object("errors", () =>
            {
                foreach (var field in errors.All.GroupBy(e => e.Field))
                {
                    writer.Texts(field.Key, field.Key, field.Select(e => e.Message));
                }
            }));
        }

        return Xml(context, status, "errors", xml =>
        {
            xml.WriteAttributeString("type", "array");
            foreach (var (field, message) in errors.All)
            {
                xml.WriteStartElement("error");
                xml.WriteAttributeString("field", XmlResourceWriter.Carried(field));
                xml.WriteString(XmlResourceWriter.Carried(Errors.Sentence(field, message)));
                xml.WriteEndElement();
            }
        });
    }

    internal static Task Refused(HttpContext context, int status, string message)
    {
        var errors = new Errors();
        errors.Add(Errors.Whole, message);
        return Refused(context, status, errors);
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (_part is var (page, total))
        {
            var headers = httpContext.Response.Headers;
            headers["X-Total-Count"] = total.ToString(CultureInfo.InvariantCulture);
            headers["X-Page"] = page.Number.ToString(CultureInfo.InvariantCulture);
            headers["X-Per-Page"] = page.Size.ToString(CultureInfo.InvariantCulture);
            if (Paging.Links(httpContext, page, total) is { Length: > 0 } links)
            {
                headers.Link = links;
            }
        }

        return Formats.OfAnswer(httpContext) switch
        {
            Format.Json => Json(httpContext, _status, _write),
            Format.Xml => Xml(
                httpContext,
                _status,
                httpContext.RequestServices.GetRequiredService<WinddleOptions>().XmlRoot,
                xml => _write(new XmlResourceWriter(xml))),
            _ => throw new RefusedRequestException(
                StatusCodes.Status406NotAcceptable, "Answers are written in application/json or application/xml."),
        };
    }

    private static Action<ResourceWriter> Written<T>(Resource resource, IReadOnlyList<T> items, Action<ResourceWriter, T> write) =>
        writer => writer.List(resource.Plural, resource.Singular, items, item => write(writer, item));

    private static async Task Json(HttpContext context, int status, Action<ResourceWriter> write)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        await using (var json = new Utf8JsonWriter(response.BodyWriter, JsonResourceWriter.Options))
        {
            json.WriteStartObject();
            write(new JsonResourceWriter(json));
            json.WriteEndObject();
        }

        await response.BodyWriter.FlushAsync();
    }

    private static async Task Xml(HttpContext context, int status, string root, Action<XmlWriter> write)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/xml; charset=utf-8";
        await using (var xml = XmlWriter.Create(response.BodyWriter.AsStream(leaveOpen: true), XmlResourceWriter.Settings))
        {
            xml.WriteStartDocument();
            xml.WriteStartElement(root);
            write(xml);
            xml.WriteEndElement();
            await xml.FlushAsync();
        }

        await response.BodyWriter.FlushAsync();
    }
}
