using JasperFx;
using PixeeEvents.Host;

// Writes the code by which Wolverine calls endpoints and handlers. The build of src/Server runs it; no database is asked.
await using var app = HostApplication.Build(Connections.None, "http://127.0.0.1:0", TimeProvider.System, generatesInto: args[0]);
return await app.RunJasperFxCommands(["codegen", "write"]);
