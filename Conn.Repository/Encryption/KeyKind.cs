namespace Conn.Repository.Encryption;

/// <summary>Specifies what a key of a repository is made from. Stored as its number.</summary>
public enum KeyKind
{
    /// <summary>A passphrase that a person remembers. Argon2id makes guesses expensive.</summary>
    Passphrase = 1,

    /// <summary>The content of a file, for programs that run unattended.</summary>
    KeyFile = 2,

    /// <summary>A key that was made by Conn and written down, for the day on which the others are lost.</summary>
    Recovery = 3,
}
