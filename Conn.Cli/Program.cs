using Conn.Cli;

return await ConnTool.RunAsync(args, Console.Out, Console.Error, CancellationToken.None);
