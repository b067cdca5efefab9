using System.Buffers.Binary;
using Conn.PubSub.Security;

namespace Conn.Engine.Proxies;

/// <summary>Reads a proxied stream in whatever pieces it comes: each manager's bytes in order, its last piece once; then the owner's own. Believes
/// nothing.</summary>
/// <param name="owner">The owner's name, for refusals.</param>
/// <param name="managers">The managers of its present registration.</param>
internal sealed class ProxyFrameDecoder(string owner, IReadOnlyList<SecureId> managers)
{
    private readonly byte[] _field = new byte[Math.Max(ProxyFormat.HeaderBytes, ProxyFormat.FrameBytes)];
    private int _filled;
    private int _manager;
    private int _left;
    private bool _headerRead;
    private bool _inFrame;
    private bool _finished;

    /// <summary>True when every manager has all of its data: what comes now is the owner's own.</summary>
    public bool ManagersDone => _headerRead && _manager == managers.Count;

    /// <summary>Whether the owner's own data follows; known once the header is read.</summary>
    public bool OwnFollows { get; private set; }

    /// <summary>Takes the next piece from the input.</summary>
    /// <param name="input">What is left of a section; moved on.</param>
    /// <param name="piece">The piece.</param>
    /// <returns>False when the input is used up, or the rest of it is the owner's own.</returns>
    /// <exception cref="DataOwnerException">Corrupt: this is not a stream of these managers.</exception>
    public bool TryRead(ref ReadOnlyMemory<byte> input, out ProxyPiece piece)
    {
        piece = default;
        while (!ManagersDone)
        {
            if (_inFrame && (input.Length > 0 || _left == 0))
            {
                piece = Piece(ref input);
                return true;
            }

            if (_inFrame || !Fill(ref input))
            {
                return false;
            }

            if (_headerRead)
            {
                ReadFrame();
            }
            else
            {
                ReadHeader();
            }
        }

        return false;
    }

    /// <summary>The rest of a section, which is the owner's own.</summary>
    /// <exception cref="DataOwnerException">Corrupt: there should be nothing.</exception>
    public ReadOnlyMemory<byte> Own(ReadOnlyMemory<byte> rest) => OwnFollows || rest.IsEmpty ? rest
        : throw Corrupt("data follows after the managers' data, and the stream says that there is none");

    /// <summary>The stream has ended.</summary>
    /// <exception cref="DataOwnerException">Corrupt: a manager has not all of its data.</exception>
    public void End()
    {
        if (!ManagersDone)
        {
            throw Corrupt(_headerRead ? $"it ends before the data of manager {managers[_manager]} does" : "it ends in its header");
        }
    }

    private ProxyPiece Piece(ref ReadOnlyMemory<byte> input)
    {
        ReadOnlyMemory<byte> bytes = input[..Math.Min(_left, input.Length)];
        input = input[bytes.Length..];
        _left -= bytes.Length;
        ProxyPiece piece = new(_manager, bytes, _left == 0 && _finished);
        _inFrame = _left > 0;
        _manager += piece.Last ? 1 : 0;
        return piece;
    }

    private bool Fill(ref ReadOnlyMemory<byte> input)
    {
        int wanted = _headerRead ? ProxyFormat.FrameBytes : ProxyFormat.HeaderBytes;
        int taken = Math.Min(wanted - _filled, input.Length);
        input.Span[..taken].CopyTo(_field.AsSpan(_filled));
        input = input[taken..];
        _filled += taken;
        if (_filled < wanted)
        {
            return false;
        }

        _filled = 0;
        return true;
    }

    private void ReadHeader()
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(_field) != ProxyFormat.Magic)
        {
            throw Corrupt("it does not begin as one");
        }

        int count = Number(4);
        if (count != managers.Count)
        {
            throw Corrupt($"it holds data of {count} managers, and {managers.Count} are registered; register the managers that the owner had when the set was made");
        }

        OwnFollows = Flag(8);
        _headerRead = true;
    }

    private void ReadFrame()
    {
        SecureId sid = new(BinaryPrimitives.ReadUInt32LittleEndian(_field));
        if (sid != managers[_manager])
        {
            throw Corrupt($"data of manager {sid} comes where that of {managers[_manager]} is due; register the managers in the order they had when the set was made");
        }

        _left = Number(4);
        _finished = Flag(8);
        _inFrame = true;
        if (_left < 0 || (_left == 0 && !_finished))
        {
            throw Corrupt($"a frame of manager {sid} says that it is {_left} bytes long");
        }
    }

    private int Number(int at) => BinaryPrimitives.ReadInt32LittleEndian(_field.AsSpan(at));

    private bool Flag(int at) => Number(at) switch
    {
        0 => false,
        1 => true,
        int other => throw Corrupt($"a yes or no in it is {other}"),
    };

    private DataOwnerException Corrupt(string why) =>
        new(owner, ErrorCode.Corrupt, $"What is stored of owner {owner} is not a stream of its proxy managers: {why}.");
}
