using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Conn.DataOwners.Sqlite;

/// <summary>Puts one stream's pages into a staged file, however the stream is split. No byte is believed before it was checked: sizes, order, parent,
/// end.</summary>
internal sealed class RestoreStream
{
    private readonly SafeFileHandle _file;
    private readonly StagedState? _parent;
    private readonly bool _incrementSlot;
    private readonly byte[] _fixed = new byte[StreamHeader.Bytes];
    private StreamHeader? _header;
    private Part _part = Part.Header;
    private int _fixedUsed;
    private long _pageOffset;
    private long _pageLeft;
    private uint _lastPage;
    private uint _newPages;

    public RestoreStream(SafeFileHandle file, StagedState? parent, bool incrementSlot)
    {
        _file = file;
        _parent = parent;
        _incrementSlot = incrementSlot;
    }

    private enum Part
    {
        Header,
        PageNumber,
        PageContent,
        Digest,
        End,
    }

    /// <summary>The state the staged file is in once the stream has ended, or null before.</summary>
    public StagedState? Result { get; private set; }

    public void Accept(ReadOnlySpan<byte> section, bool last)
    {
        while (!section.IsEmpty)
        {
            section = _part switch
            {
                Part.Header => Fixed(section, StreamHeader.Bytes, TakeHeader),
                Part.PageNumber => Fixed(section, sizeof(uint), TakePageNumber),
                Part.PageContent => TakeContent(section),
                Part.Digest => Fixed(section, StateDigest.Bytes, TakeDigest),
                _ => throw SqliteErrors.Damaged("The stream goes on after its end."),
            };
        }

        if (last && _part != Part.End)
        {
            throw SqliteErrors.Damaged($"The stream ends in the middle: {_part} was expected.");
        }
    }

    private ReadOnlySpan<byte> Fixed(ReadOnlySpan<byte> section, int wanted, Action take)
    {
        int piece = Math.Min(wanted - _fixedUsed, section.Length);
        section[..piece].CopyTo(_fixed.AsSpan(_fixedUsed));
        _fixedUsed += piece;
        if (_fixedUsed == wanted)
        {
            _fixedUsed = 0;
            take();
        }

        return section[piece..];
    }

    private void TakeHeader()
    {
        _header = StreamHeader.Parse(_fixed);
        if (_header.IsIncrement)
        {
            CheckParent(_header);
            _part = Part.PageNumber;
        }
        else
        {
            // A base in an increment's place is legal: the owner found that it could not continue the chain.
            RandomAccess.SetLength(_file, 0);
            _pageOffset = 0;
            _pageLeft = (long)_header.PageCount * _header.PageSize;
            _part = Part.PageContent;
        }
    }

    private void CheckParent(StreamHeader header)
    {
        if (!_incrementSlot || _parent is null)
        {
            throw SqliteErrors.Damaged("An increment came where a base was expected.");
        }

        if (header.PageSize != _parent.PageSize || header.ParentPageCount != _parent.PageCount || !header.ParentDigest.AsSpan().SequenceEqual(_parent.Digest))
        {
            throw SqliteErrors.Damaged("The increment starts from another state than the one restored before it: a set of the chain is missing or out of order.");
        }
    }

    private void TakePageNumber()
    {
        uint page = BinaryPrimitives.ReadUInt32LittleEndian(_fixed);
        if (page == 0)
        {
            uint grown = _header!.PageCount > _parent!.PageCount ? _header.PageCount - _parent.PageCount : 0;
            if (_newPages != grown)
            {
                throw SqliteErrors.Damaged($"The increment brings {_newPages} of {grown} new pages.");
            }

            _part = Part.Digest;
            return;
        }

        if (page <= _lastPage || page > _header!.PageCount)
        {
            throw SqliteErrors.Damaged($"The increment names page {page} after page {_lastPage} of {_header!.PageCount}.");
        }

        _newPages += page > _parent!.PageCount ? 1u : 0u;
        _lastPage = page;
        _pageOffset = (long)(page - 1) * _header.PageSize;
        _pageLeft = _header.PageSize;
        _part = Part.PageContent;
    }

    private ReadOnlySpan<byte> TakeContent(ReadOnlySpan<byte> section)
    {
        int piece = (int)Math.Min(_pageLeft, section.Length);
        RandomAccess.Write(_file, section[..piece], _pageOffset);
        _pageOffset += piece;
        _pageLeft -= piece;
        if (_pageLeft == 0)
        {
            _part = _header!.IsIncrement ? Part.PageNumber : Part.Digest;
        }

        return section[piece..];
    }

    private void TakeDigest()
    {
        StreamHeader header = _header!;
        RandomAccess.SetLength(_file, (long)header.PageCount * header.PageSize);
        Result = new StagedState(header.PageSize, header.PageCount, _fixed.AsSpan(0, StateDigest.Bytes).ToArray(), header.Wal, header.UnixMode);
        _part = Part.End;
    }
}
