using PixeeEvents.Host.Tests.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedServer))]
