namespace PixeeEvents.Catalog.Settings;

/// <summary>Conditions that hold while something uses a row of settings; <c>$1</c> is the tenant, <c>$2</c> the row's id.</summary>
/// <remarks>
/// Asked when a row is deleted, which is rare: they look through the company's products, and writing a product pays nothing.
/// </remarks>
internal static class InUse
{
    /// <summary>A product or a variant has the row's id in a field.</summary>
    public static string ByProducts(string field) =>
        $"""
         exists (
             select from mt_doc_product p
             where p.tenant_id = $1
               and ((p.data -> 'Fields' ->> '{field}')::bigint = $2
                    or jsonb_path_exists(p.data, '$.Variants[*].Fields.{field} ? (@ == $id)', jsonb_build_object('id', $2))))
         """;
}
