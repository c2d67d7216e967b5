using Microsoft.Extensions.Options;
using Npgsql;
using PixeeEvents.Http.Availability;

namespace PixeeEvents.Host.Availability;

internal static class AvailabilityServices
{
    public static void AddAvailability(this IServiceCollection services)
    {
        services.AddOptions<DatabaseOptions>().BindConfiguration("Database")
            .Validate(o => o.IsValid(), "The settings Database__… are numbers above zero.").ValidateOnStart();
        services.AddSingleton<OutageLog>();
        services.AddSingleton<Readiness>();
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<DatabaseOptions>>().Value;
            return new WriterQueue(options, options.WritersOf(provider.GetRequiredService<NpgsqlDataSource>().ConnectionString));
        });
        services.AddSingleton(provider => new CallBounds(
            provider.GetRequiredService<WriterQueue>(),
            TimeSpan.FromSeconds(provider.GetRequiredService<IOptions<DatabaseOptions>>().Value.AnswerSeconds)));
        services.AddHostedService<Housekeeping>();
        services.AddHostedService<OutageWatch>();
        services.AddSingleton<Lags>();
        services.AddHostedService(provider => provider.GetRequiredService<Lags>());
    }
}
