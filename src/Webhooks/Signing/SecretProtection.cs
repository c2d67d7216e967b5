using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Webhooks.Signing;

/// <summary>Encrypts the secrets of subscriptions before they are stored.</summary>
public interface ISecretProtection
{
    byte[] Protect(string secret);

    string Unprotect(byte[] stored);
}

/// <summary>Where the keys of the encryption lie. Synchronous because the key ring that reads them is.</summary>
public sealed class ProtectionKeys(NpgsqlDataSource dataSource)
{
    private const long LockKey = 0x7069786566;

    public IReadOnlyList<string> All()
    {
        using var command = dataSource.CreateCommand("select xml from webhooks.data_protection_keys order by created_at, name");
        using var reader = command.ExecuteReader();
        var keys = new List<string>();
        while (reader.Read())
        {
            keys.Add(reader.GetString(0));
        }

        return keys;
    }

    public void Add(string name, string xml)
    {
        using var command = dataSource.CreateCommand(
            "insert into webhooks.data_protection_keys (name, xml) values ($1, $2) on conflict (name) do update set xml = excluded.xml")
            .With(Sql.Text(name), Sql.Text(xml));
        command.ExecuteNonQuery();
    }

    /// <summary>
    /// Runs the first use of the keys while no other node does: of two that each made a first key, one could not read what the other wrote.
    /// </summary>
    public void OneAtATime(Action use)
    {
        using var connection = dataSource.OpenConnection();
        using var transaction = connection.BeginTransaction();
        using var command = new NpgsqlCommand($"select pg_advisory_xact_lock({LockKey})", connection);
        command.ExecuteNonQuery();
        use();
        transaction.Commit();
    }
}
