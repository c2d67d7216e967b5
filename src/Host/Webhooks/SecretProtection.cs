using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Logging.Abstractions;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Signing;

namespace PixeeEvents.Host.Webhooks;

/// <summary>ASP.NET Core Data Protection over keys in the database, so that every node and command reads what another wrote.</summary>
internal sealed class SecretProtection(ProtectionKeys keys) : ISecretProtection, IDisposable
{
    private readonly Lock _start = new();
    private ServiceProvider? _services;
    private IDataProtector? _protector;

    public byte[] Protect(string secret) => Protector().Protect(Encoding.UTF8.GetBytes(secret));

    public string Unprotect(byte[] stored) => Encoding.UTF8.GetString(Protector().Unprotect(stored));

    public void Dispose() => _services?.Dispose();

    private IDataProtector Protector()
    {
        if (Volatile.Read(ref _protector) is { } ready)
        {
            return ready;
        }

        lock (_start)
        {
            if (_protector is null)
            {
                var services = new ServiceCollection();
                services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
                services.AddDataProtection().SetApplicationName("pixee");
                services.Configure<KeyManagementOptions>(options => options.XmlRepository = new Repository(keys));
                _services = services.BuildServiceProvider();
                var protector = _services.GetRequiredService<IDataProtectionProvider>().CreateProtector("webhook secrets");
                keys.OneAtATime(() => protector.Protect([]));
                Volatile.Write(ref _protector, protector);
            }

            return _protector;
        }
    }

    private sealed class Repository(ProtectionKeys keys) : IXmlRepository
    {
        public IReadOnlyCollection<XElement> GetAllElements() => [.. keys.All().Select(XElement.Parse)];

        public void StoreElement(XElement element, string friendlyName) =>
            keys.Add(friendlyName, element.ToString(SaveOptions.DisableFormatting));
    }
}
