namespace Conn.Ipc;

/// <summary>What a process that asks is told before the answer.</summary>
internal interface IRequestClient
{
    Task ReportAsync(long request, string document);
}
