using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.Winddle.Rows;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Projects;

/// <summary>
/// Lines with the products and variants they name, read at once. A line that was deleted meanwhile may name none.
/// </summary>
internal sealed record LineItemView(Project Project, Dictionary<Guid, ProductRow> Products, Dictionary<long, VariantRow> Variants)
{
    public void Write(ResourceWriter writer, ProjectLine line)
    {
        writer.Integer("id", line.Id);
        writer.Text("name", line.Name);
        writer.Text("source_id", line.SourceId);
        writer.Text("reference", line.Reference);
        writer.Object("project", () =>
        {
            writer.Integer("id", Project.Id);
            writer.Text("name", Project.Name);
        });
        if (Products.TryGetValue(line.Product, out var product))
        {
            writer.Object("product", () => WriteBrief(writer, product.Id, product.Shown));
        }

        writer.List(
            "variants",
            "variant",
            line.Variants.Where(Variants.ContainsKey),
            variant => WriteBrief(writer, variant, Variants[variant].Shown));
        writer.Date("start_at", line.StartAt);
        writer.Date("deliver_at", line.DeliverAt);
        writer.Boolean("locked", line.Locked);
        writer.Boolean("cancelled", line.Cancelled);
        writer.Boolean("archived", line.Archived);
        foreach (var name in ProjectLine.DetailNames)
        {
            writer.Text(name, line.Details.GetValueOrDefault(name));
        }

        writer.Time("created_at", line.CreatedAt);
        writer.Time("updated_at", line.UpdatedAt);
    }

    private static void WriteBrief(ResourceWriter writer, long id, ShownFields shown)
    {
        writer.Integer("id", id);
        writer.Text("name", shown.Text(ProductFields.Name));
    }
}
