using Npgsql;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.Catalog.Products;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Files;

/// <summary>A file as it is handed out.</summary>
/// <param name="Filename">What a document is called; null for the sizes of a picture.</param>
public sealed record ServedFile(StoredFile Content, string? Filename);

/// <summary>Which content stands behind which key and name. What was removed or replaced is not handed out any more.</summary>
public sealed class ServedFiles : RowProjection
{
    /// <summary>The name under which a version of an attachment is served as it came.</summary>
    public const string Original = "original";

    public override string Name => "ServedFiles";

    public override string Schema => "catalog";

    public override IReadOnlyList<string> Tables { get; } = ["files"];

    /// <summary>The name under which a size is served: its own, with the extension that belongs to its format.</summary>
    public static string NameOf(string size, StoredFile file) => size + (file.MediaType == "image/jpeg" ? ".jpg" : ".png");

    /// <summary>Integers that no other attachment or version has, in any company.</summary>
    public static async Task<long[]> Numbers(EventSession session, int count, CancellationToken cancellationToken)
    {
        await using var batch = await session.Batch(cancellationToken);
        batch.Add("select array_agg(nextval('catalog.file_numbers')) from generate_series(1, $1::bigint)", Sql.Long(count));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.GetFieldValue<long[]>(0);
    }

    public static async Task<ServedFile?> Find(
        NpgsqlDataSource dataSource, string tenant, string key, string name, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            "select encode(sha256, 'hex'), size, media_type, filename from catalog.files where tenant_id = $1 and key = $2 and name = $3")
            .With(Sql.Text(tenant), Sql.Text(key), Sql.Text(name));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new ServedFile(
                new StoredFile(reader.GetString(0), reader.GetInt64(1), reader.GetString(2)),
                reader.IsDBNull(3) ? null : reader.GetString(3))
            : null;
    }

    /// <summary>The sizes of the pictures of products, by name of the size: the key and name under which each is served.</summary>
    public static Query<ILookup<Guid,
    (string Size, string Key, string Name)>> ImagesOf(string tenant, IReadOnlyCollection<Guid> products) => new(
        "select product_id, key, name from catalog.files where tenant_id = $1 and product_id = any($2) and attachment_id is null",
        [Sql.Text(tenant), Sql.Uuids(products)],
        ReadImages);

    private static async Task<ILookup<Guid,
    (string Size, string Key, string Name)>> ReadImages(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var found = new List<(Guid Product, string Key, string Name)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add((reader.GetGuid(0), reader.GetString(1), reader.GetString(2)));
        }

        return found.ToLookup(f => f.Product, f => (f.Name[..f.Name.IndexOf('.', StringComparison.Ordinal)], f.Key, f.Name));
    }

    public override void Project(EventBatch events, NpgsqlBatch statements, string schema)
    {
        var added = new List<Row>();
        var gone = new List<(Guid Product, long? Attachment, bool All)>();
        foreach (var @event in events.Events)
        {
            switch (@event.Data)
            {
                case ImageSet e:
                    Remove(@event.StreamId, null);
                    AddSizes(@event.StreamId, null, e.Key, e.Sizes);
                    break;
                case ImageRemoved:
                    Remove(@event.StreamId, null);
                    break;
                case AttachmentAdded e:
                    AddVersion(@event.StreamId, e.Id, e.Version);
                    break;
                case AttachmentVersionAdded e:
                    AddVersion(@event.StreamId, e.Id, e.Version);
                    break;
                case AttachmentRemoved e:
                    Remove(@event.StreamId, e.Id);
                    break;
                case ProductDestroyed:
                    added.RemoveAll(r => r.Product == @event.StreamId);
                    gone.Add((@event.StreamId, null, true));
                    break;
            }
        }

        if (gone.Count > 0)
        {
            statements.Add(
                $"""
                 delete from {schema}.files f using unnest($2::uuid[], $3::bigint[], $4::bool[]) as i(product_id, attachment_id, everything)
                 where f.tenant_id = $1 and f.product_id = i.product_id and (i.everything or f.attachment_id is not distinct
                     from i.attachment_id)
                 """,
                Sql.Text(events.Tenant), Sql.Uuids(gone.Select(g => g.Product)), Sql.NullableLongs(gone.Select(g => g.Attachment)),
                Sql.Bools(gone.Select(g => g.All)));
        }

        if (added.Count > 0)
        {
            statements.Add(
                $"""
                 insert into {schema}.files (tenant_id, key, name, product_id, attachment_id, sha256, size, media_type, filename)
                 select $1, i.key, i.name, i.product_id, i.attachment_id, decode(i.sha256, 'hex'), i.size, i.media_type, i.filename
                 from unnest($2::text[], $3::text[], $4::uuid[], $5::bigint[], $6::text[], $7::bigint[], $8::text[], $9::text[])
                     as i(key, name, product_id, attachment_id, sha256, size, media_type, filename)
                 """,
                Sql.Text(events.Tenant), Sql.Texts(added.Select(r => r.Key)), Sql.Texts(added.Select(r => r.Name)),
                Sql.Uuids(added.Select(r => r.Product)),
                Sql.NullableLongs(added.Select(r => r.Attachment)), Sql.Texts(added.Select(r => r.File.Sha256)),
                Sql.Longs(added.Select(r => r.File.Size)),
                Sql.Texts(added.Select(r => r.File.MediaType)), Sql.Texts(added.Select(r => r.Filename)));
        }

        void Remove(Guid product, long? attachment)
        {
            added.RemoveAll(r => r.Product == product && r.Attachment == attachment);
            gone.Add((product, attachment, false));
        }

        void AddSizes(Guid product, long? attachment, string key, IReadOnlyDictionary<string, StoredFile> sizes) =>
            added.AddRange(sizes.Select(s => new Row(key, NameOf(s.Key, s.Value), product, attachment, s.Value, null)));

        void AddVersion(Guid product, long attachment, AttachmentVersion version)
        {
            added.Add(new Row(version.Key, Original, product, attachment, version.Content, version.Filename));
            AddSizes(product, attachment, version.Key, version.Sizes);
        }
    }

    private sealed record Row(string Key, string Name, Guid Product, long? Attachment, StoredFile File, string? Filename);
}
