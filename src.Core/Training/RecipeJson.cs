using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using PatFramework.Core.Data;

namespace PatFramework.Core.Training;

/// <summary>Where a key stands in a file of JSON: lines and columns are counted from 1.</summary>
/// <param name="Path">The keys down to it, with points between.</param>
/// <param name="Line">Its line.</param>
/// <param name="Column">Its column.</param>
public sealed record JsonPlace(string Path, long Line, long Column);

/// <summary>JSON that people write: comments and trailing commas are allowed, and every key has its place.</summary>
public static class RecipeJson
{
    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>Reads an object and the places of its keys, those of objects within it included.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="JsonException">The text is no JSON object; the exception has the line and the column, counted from 0.</exception>
    public static (JsonObject Value, IReadOnlyList<JsonPlace> Places) Read(string text)
    {
        var value = JsonNode.Parse(text, documentOptions: Lenient) as JsonObject;
        return value is null ? throw new JsonException("it is no object in braces") : (value, Places(text));
    }

    /// <summary>A schema (JSON Schema, draft 2020-12) of what a record is written as.</summary>
    /// <typeparam name="T">The record.</typeparam>
    /// <param name="describe">A sentence about a property of a record, from the record's type and the property's .NET name; null for none.</param>
    public static JsonObject Schema<T>(Func<Type, string, string?> describe)
    {
        ArgumentNullException.ThrowIfNull(describe);
        var options = new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, node) => Described(context, node, describe),
        };
        return RunJson.Options().GetJsonSchemaAsNode(typeof(T), options).AsObject();
    }

    /// <summary>The names that a record's properties have in JSON.</summary>
    public static IReadOnlyList<string> KeysOf(Type record) =>
        [.. RunJson.Options().GetTypeInfo(record).Properties.Select(property => property.Name)];

    private static JsonNode Described(
        JsonSchemaExporterContext context,
        JsonNode node,
        Func<Type, string, string?> describe
    )
    {
        if (context.TypeInfo.Type == typeof(ImageSize) || context.TypeInfo.Type == typeof(ImageSize?))
        {
            node = new JsonObject { ["type"] = "string", ["pattern"] = "^[0-9]+x[0-9]+$" };
        }
        if (node is not JsonObject schema)
        {
            return node;
        }
        if (context.TypeInfo.Kind == JsonTypeInfoKind.Object)
        {
            schema["additionalProperties"] = false;
        }
        if (
            context.PropertyInfo is
            { DeclaringType: { } record, AttributeProvider: System.Reflection.MemberInfo member }
        )
        {
            if (describe(record, member.Name) is { } sentence)
            {
                schema.Insert(0, "description", sentence);
            }
        }
        return schema;
    }

    private static List<JsonPlace> Places(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(
            bytes,
            new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }
        );
        var places = new List<JsonPlace>();
        var path = new Stack<string>();
        var key = "";
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    key = reader.GetString()!;
                    var (line, column) = LineAndColumn(bytes.AsSpan(0, (int)reader.TokenStartIndex));
                    places.Add(
                        new JsonPlace(
                            string.Join('.', path.Reverse().Where(part => part.Length > 0).Append(key)),
                            line,
                            column
                        )
                    );
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    path.Push(key);
                    key = "";
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    _ = path.Pop();
                    break;
            }
        }
        return places;
    }

    private static (long Line, long Column) LineAndColumn(ReadOnlySpan<byte> before)
    {
        var lastBreak = before.LastIndexOf((byte)'\n');
        return (before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[(lastBreak + 1)..]) + 1);
    }
}
