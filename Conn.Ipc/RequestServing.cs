using System.Threading.Channels;

namespace Conn.Ipc;

/// <summary>One connection that asks, at the server.</summary>
internal sealed class RequestServing(Func<IpcRequest, CancellationToken, Task<string>> answer, UserShare share) : IRequestServer
{
    private const int WaitingReports = 64;

    /// <summary>The other side; set before the first call.</summary>
    public IRequestClient Peer { get; set; } = null!;

    public async Task<string> AskAsync(long request, string name, string document, CancellationToken cancellationToken)
    {
        if (name is null || document is null)
        {
            throw new ConnException(ErrorCode.Argument, "A request has a name and a document.");
        }

        Channel<string> reports = Channel.CreateBounded<string>(
            new BoundedChannelOptions(WaitingReports) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        Task sending = SendAsync(request, reports.Reader);
        try
        {
            return await answer(
                new IpcRequest { Peer = share.Peer, Name = name, Document = document, Report = r => reports.Writer.TryWrite(r) }, cancellationToken);
        }
        finally
        {
            reports.Writer.Complete();
            await sending;
        }
    }

    // One at a time, each acknowledged, so that a slow process costs a bounded amount.
    private async Task SendAsync(long request, ChannelReader<string> reports)
    {
        try
        {
            await foreach (string report in reports.ReadAllAsync())
            {
                await Peer.ReportAsync(request, report);
            }
        }
#pragma warning disable CA1031 // The connection is lost, in whatever way: the request is cancelled by that, and nobody reads its reports.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }
}
