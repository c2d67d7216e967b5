using PixeeEvents.Host.Cli;


return await PixeeCommand.Invoke(args);
