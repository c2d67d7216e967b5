using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks;

namespace PixeeEvents.Host;

internal sealed record Pixee(NpgsqlDataSource DataSource, EventStore Store, AccountsModule Accounts, CatalogModule Catalog, LogReader Log, IMessageItems Items);
