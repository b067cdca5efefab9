namespace Conn.PubSub.Security;

/// <summary>What a component may do, beyond its own data. The numbers are bit positions and are stored.</summary>
/// <remarks>Source: TCapability.</remarks>
public enum Capability
{
    /// <summary>Trusted computing base.</summary>
    Tcb = 0,

    /// <summary>Communication device drivers.</summary>
    CommDD = 1,

    /// <summary>Power management.</summary>
    PowerMgmt = 2,

    /// <summary>Multimedia device drivers.</summary>
    MultimediaDD = 3,

    /// <summary>Read confidential device settings.</summary>
    ReadDeviceData = 4,

    /// <summary>Write device settings; also the right to define properties below the threshold category.</summary>
    WriteDeviceData = 5,

    /// <summary>Protected content.</summary>
    Drm = 6,

    /// <summary>Trusted user interface.</summary>
    TrustedUI = 7,

    /// <summary>Register servers with protected names.</summary>
    ProtServ = 8,

    /// <summary>Administer disks.</summary>
    DiskAdmin = 9,

    /// <summary>Change network access.</summary>
    NetworkControl = 10,

    /// <summary>All files.</summary>
    AllFiles = 11,

    /// <summary>Simulate and capture input.</summary>
    SwEvent = 12,

    /// <summary>Remote services.</summary>
    NetworkServices = 13,

    /// <summary>Local connections.</summary>
    LocalServices = 14,

    /// <summary>Read private user data.</summary>
    ReadUserData = 15,

    /// <summary>Write private user data.</summary>
    WriteUserData = 16,

    /// <summary>The location of the host.</summary>
    Location = 17,

    /// <summary>Device drivers of attached hardware.</summary>
    SurroundingsDD = 18,

    /// <summary>The user's surroundings: camera, microphone, sensors.</summary>
    UserEnvironment = 19,
}
