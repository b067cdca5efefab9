using Conn.ActiveBackup;

namespace Conn.Ipc;

/// <summary>Takes the places of others for an owner of this process.</summary>
internal sealed class PlacesOfOthers(IOwnedPlaces? owner) : IPlanClient
{
    public async Task SetOtherPlacesAsync(string[] places)
    {
        string[] read = WireChecks.Absolute(places);

        // The owner's code runs elsewhere: the connection is read on.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        owner?.SetOtherPlaces(read);
    }
}
