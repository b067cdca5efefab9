using Conn.PubSub.Core;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.PubSub.Tests;

public sealed class DefinitionTests
{
    [Theory(Timeout = 60000)]
    [InlineData(PropertyType.Int)]
    [InlineData(PropertyType.ByteArray)]
    public async Task A_reader_in_the_middle_of_a_write_waits_for_the_lock_and_reads_the_end_of_it(PropertyType type)
    {
        var storeLock = new Lock();
        var definition = new Definition(PropertyDefinition.Open(type), new SecureId(1), true, new byte[1], null);
        using var begun = new SemaphoreSlim(0);
        Task<(int, long)> reader;
        lock (storeLock)
        {
            definition.BeginWrite();
            Put(1);
            reader = Task.Factory.StartNew(
                () =>
                {
                    begun.Release();
                    if (type == PropertyType.Int)
                    {
                        definition.ReadInt(storeLock, out int value, out long of);
                        return (value, of);
                    }

                    byte[] buffer = new byte[1];
                    definition.ReadBytes(storeLock, buffer, out long revision);
                    return (buffer[0], revision);
                },
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            begun.Wait(TestContext.Current.CancellationToken);
            Assert.False(reader.IsCompleted);
            Put(2);
            definition.EndWrite();
        }

        // It may have found the end of the write before it needed the lock, or waited for it; never the middle.
        Assert.Equal((2, 2L), await reader);

        void Put(int number)
        {
            if (type == PropertyType.Int)
            {
                definition.PutInt(number, number);
            }
            else
            {
                definition.PutBytes(new byte[1], [(byte)number], number);
            }
        }
    }
}
