using System.Text.Json;
using JasperFx;
using JasperFx.Events;
using JasperFx.MultiTenancy;
using Marten;
using Marten.Services.Json;
using Marten.Storage;
using Weasel.Core;

namespace PixeeEvents.EventLog;

public static class EventLogOptions
{
    /// <summary>How every event and snapshot is written and read: by the names of the records, enums as integers.</summary>
    public static JsonSerializerOptions Json { get; } = new();

    /// <summary>What the promises on the log stand on: how it is appended to, by whom it can be read, how bodies are stored.</summary>
    public static void AddEventLog(this StoreOptions options)
    {
        // Numbers are drawn inside the appending transaction, after the stream's row is locked: readers of the log in order stand on it.
        options.Events.AppendMode = EventAppendMode.QuickWithServerTimestamps;
        options.Events.UseExclusiveLockOnConcurrentAppends = true;
        options.Events.StreamIdentity = StreamIdentity.AsGuid;
        options.Events.TenancyStyle = TenancyStyle.Conjoined;
        options.Policies.AllDocumentsAreMultiTenanted();
        options.Events.MetadataConfig.CorrelationIdEnabled = true;
        options.Events.MetadataConfig.CausationIdEnabled = true;
        options.Events.MetadataConfig.HeadersEnabled = true;
        options.UseSystemTextJsonForSerialization(EnumStorage.AsInteger, Casing.Default);
        // Only `db apply` and `run` change a schema, and a commit whose answer was lost is not sent again.
        options.AutoCreateSchemaObjects = AutoCreate.None;
        options.ConfigurePolly(_ => { });
        options.ConfigureWritePolly(_ => { });
    }
}
