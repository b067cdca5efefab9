using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Conn.Parsers.Tests.Mutation;

/// <summary>Changes a document of JSON as a tree: types, numbers, texts, nesting, members of other places, members twice.</summary>
internal sealed class JsonMutator : IMutator
{
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, AllowDuplicateProperties = false };

    public byte[] Mutate(byte[] input, byte[] other, Random random)
    {
        try
        {
            return Read(input) is { } root && Read(other) is { } donor ? Change(root, donor, random) : input;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // A node reads a text of its document when it is asked for: this one holds half of a character.
            return input;
        }
    }

    private static byte[] Change(JsonNode root, JsonNode donor, Random random)
    {
        JsonArray whole = [root];
        for (int times = random.Next(1, 4); times > 0; times--)
        {
            Change(Pick(whole, random), donor, random);
        }

        string text = whole.FirstOrDefault()?.ToJsonString() ?? "null";
        if (random.Next(8) == 0)
        {
            // An object with a member twice cannot be a tree.
            int at = text.IndexOf(',', random.Next(text.Length));
            text = at < 0 ? text : text.Insert(at, random.Next(2) == 0 ? ",\"name\":\"twice\"" : ",\"\\ud800\":1");
        }

        return Encoding.UTF8.GetBytes(text);
    }

    private static void Change((JsonNode Parent, object Key) place, JsonNode donor, Random random)
    {
        JsonNode? value = random.Next(8) switch
        {
            0 => Interesting.Number(random),
            1 or 2 => Interesting.Text(random),
            3 => random.Next(2) == 0,
            4 => null,
            5 => new JsonArray(Interesting.Text(random), Interesting.Number(random)),
            6 => Nested(random),
            _ => Pick(new JsonArray(donor.DeepClone()), random) is var (parent, key) ? Get(parent, key)?.DeepClone() : null,
        };
        switch (place.Parent)
        {
            case JsonArray list when random.Next(6) == 0 && list.Count > 0:
                list.RemoveAt((int)place.Key);
                break;
            case JsonArray list when random.Next(3) == 0:
                list.Add(value);
                break;
            case JsonArray list:
                list[(int)place.Key] = value;
                break;
            case JsonObject members when random.Next(6) == 0:
                members.Remove((string)place.Key);
                break;
            case JsonObject members when random.Next(4) == 0:
                members[Interesting.Text(random)] = value;
                break;
            case JsonObject members:
                members[(string)place.Key] = value;
                break;
            default:
                break;
        }
    }

    private static JsonNode Nested(Random random)
    {
        JsonNode node = new JsonObject();
        for (int depth = random.Next(1, 70); depth > 0; depth--)
        {
            node = random.Next(2) == 0 ? new JsonArray(node) : new JsonObject { ["owners"] = node };
        }

        return node;
    }

    private static JsonNode? Get(JsonNode parent, object key) => key is int at ? parent[at] : parent[(string)key];

    private static (JsonNode Parent, object Key) Pick(JsonArray root, Random random)
    {
        (JsonNode parent, object key) = ((JsonNode)root, (object)0);
        if (root.Count == 0)
        {
            root.Add(null);
        }

        for (JsonNode? node = root[0]; node is JsonArray { Count: > 0 } or JsonObject { Count: > 0 } && random.Next(6) > 0; node = Get(parent, key))
        {
            parent = node;
            key = node is JsonArray list ? random.Next(list.Count) : ((JsonObject)node).ElementAt(random.Next(((JsonObject)node).Count)).Key;
        }

        return (parent, key);
    }

    private static JsonNode? Read(byte[] input)
    {
        try
        {
            JsonNode? node = JsonNode.Parse(input, null, Lenient);
            _ = node?.ToJsonString();
            return node;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
