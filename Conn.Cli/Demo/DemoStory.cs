using Conn.Cli.Verbs;

namespace Conn.Cli.Demo;

internal sealed class DemoStory(VerbContext context, string? keep)
{
    public Task<int> RunAsync() => Task.FromResult(context is null || keep is null ? 1 : 1);
}
