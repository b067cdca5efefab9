using Conn.Repository;
using Conn.Repository.Storage;

namespace Conn.Engine.Tests;

/// <summary>A storage that goes away at the rename of a restore record, done or not, and answers nothing until it is back.</summary>
internal sealed class VanishingStorage(IRepositoryStorage inner) : ForwardingStorage(inner)
{
    /// <summary>Whether the next rename of a restore record is its last call for a while.</summary>
    public bool IsArmed { get; set; }

    /// <summary>Whether that rename is still done.</summary>
    public bool RenameTakesPlace { get; init; }

    /// <summary>Called when it goes away.</summary>
    public Action? Vanishing { get; init; }

    public bool IsGone { get; set; }

    protected override IRepositoryStorage Inner => IsGone ? throw new RepositoryException(RepositoryFailure.Io, "the device is gone") : base.Inner;

    public override async ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken)
    {
        if (!IsArmed || !to.StartsWith("restores/", StringComparison.Ordinal))
        {
            await base.RenameAsync(from, to, cancellationToken);
            return;
        }

        if (RenameTakesPlace)
        {
            await base.RenameAsync(from, to, cancellationToken);
        }

        (IsArmed, IsGone) = (false, true);
        Vanishing?.Invoke();
        throw new RepositoryException(RepositoryFailure.Io, "the device went away while it renamed");
    }
}
