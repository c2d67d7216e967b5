using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Files;

/// <summary>A content as events name it; equal contents of a company are kept once.</summary>
/// <param name="Sha256">Lower-case hexadecimal.</param>
/// <param name="Size">In bytes.</param>
public sealed record StoredFile(string Sha256, long Size, string MediaType);

/// <summary>A content with its name, ready to be stored.</summary>
public sealed class Blob
{
    private const int ChunkSize = 256 * 1024;

    private readonly byte[] _content;

    private Blob(byte[] content, string mediaType)
    {
        _content = content;
        File = new StoredFile(Convert.ToHexStringLower(SHA256.HashData(content)), content.Length, mediaType);
    }

    public StoredFile File { get; }

    public ReadOnlyMemory<byte> Content => _content;

    /// <summary>Takes the array over: it must not change afterwards.</summary>
    public static Blob Of(byte[] content, string mediaType) => new(content, mediaType);

    /// <summary>Keeps contents in the transaction of the events that name them. What the company has already is left as it is.</summary>
    public static async Task Keep(EventSession session, IReadOnlyCollection<Blob> blobs, CancellationToken cancellationToken)
    {
        if (blobs.Count == 0)
        {
            return;
        }

        // Two calls that keep the same contents wait for each other, in one order.
        await using var batch = await session.Batch(cancellationToken);
        foreach (var blob in blobs.DistinctBy(b => b.File.Sha256).OrderBy(b => b.File.Sha256, StringComparer.Ordinal))
        {
            batch.Add(
                """
                with kept as (
                    insert into catalog.blobs (tenant_id, sha256, size) values ($1, $2, $3)
                    on conflict (tenant_id, sha256) do nothing returning sha256)
                insert into catalog.blob_chunks (tenant_id, sha256, number, bytes)
                select $1, k.sha256, c.number, c.bytes from kept k, unnest($4::bytea[]) with ordinality as c(bytes, number)
                """,
                Sql.Text(session.Tenant), Bytes(blob.File.Sha256), Sql.Long(blob._content.Length),
                new NpgsqlParameter
                {
                    Value = blob._content.Chunk(ChunkSize).ToArray(),
                    NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea,
                });
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Writes a content piece by piece. No connection is held while the destination takes its time.</summary>
    /// <exception cref="InvalidOperationException">The company has no such content, or not all of it.</exception>
    public static async Task CopyTo(
        NpgsqlDataSource dataSource, string tenant, StoredFile file, Stream destination, CancellationToken cancellationToken)
    {
        for (var number = 1; (number - 1L) * ChunkSize < file.Size; number++)
        {
            byte[] chunk;
            await using (
                var command = dataSource.CreateCommand(
                    "select bytes from catalog.blob_chunks where tenant_id = $1 and sha256 = $2 and number = $3"))
            {
                command.With(Sql.Text(tenant), Bytes(file.Sha256), Sql.Long(number));
                chunk = await command.ExecuteScalarAsync(cancellationToken) as byte[]
                    ?? throw new InvalidOperationException($"Piece {number} of content {file.Sha256} is not stored.");
            }

            await destination.WriteAsync(chunk, cancellationToken);
        }
    }

    internal static NpgsqlParameter Bytes(string sha256) =>
        new() { Value = Convert.FromHexString(sha256), NpgsqlDbType = NpgsqlDbType.Bytea };
}
