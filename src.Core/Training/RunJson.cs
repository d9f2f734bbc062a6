using System;
using System.IO;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using PatFramework.Core.Data;

namespace PatFramework.Core.Training;

/// <summary>How a run's records are spelled in JSON: camelCase names, lower-case choices, sizes as <c>180x240</c>.</summary>
public static class RunJson
{
    private static readonly JsonSerializerOptions Compact = Options(indented: false);
    private static readonly JsonSerializerOptions Indented = Options(indented: true);

    /// <summary>One line of JSON.</summary>
    public static string Line<T>(T value) => JsonSerializer.Serialize(value, Compact);

    /// <summary>JSON for people to read.</summary>
    public static string Document<T>(T value) => JsonSerializer.Serialize(value, Indented) + "\n";

    /// <summary>The value as a JSON object.</summary>
    public static JsonObject ToObject<T>(T value) => JsonSerializer.SerializeToNode(value, Compact)!.AsObject();

    /// <summary>Reads a value.</summary>
    /// <exception cref="JsonException">The text is not JSON or lacks a required field.</exception>
    public static T Parse<T>(string text) =>
        JsonSerializer.Deserialize<T>(text, Compact) ?? throw new JsonException("null");

    /// <summary>Reads a file.</summary>
    /// <exception cref="PatException">The file is missing or is not what was expected; the message names it.</exception>
    public static T ReadFile<T>(string path)
    {
        try
        {
            return Parse<T>(File.ReadAllText(path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PatException($"{path} can't be read ({failure.Message}).", failure);
        }
        catch (JsonException failure)
        {
            throw new PatException(
                $"{path} is damaged: it isn't the JSON that a run writes ({failure.Message}).",
                failure
            );
        }
    }

    /// <summary>Writes a file whole or not at all.</summary>
    public static void WriteFile<T>(string path, T value) =>
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, value, Indented));

    /// <summary>The rules of the spelling, for those who need more than a value.</summary>
    internal static JsonSerializerOptions Options() => Indented;

    private static JsonSerializerOptions Options(bool indented) =>
        new(JsonSerializerDefaults.Web)
        {
            WriteIndented = indented,
            RespectRequiredConstructorParameters = true,
            NumberHandling = JsonNumberHandling.Strict,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new ImageSizeConverter() },
        };

    private sealed class ImageSizeConverter : JsonConverter<ImageSize>
    {
        public override ImageSize Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            try
            {
                return ImageSize.Parse(reader.GetString() ?? "");
            }
            catch (PatException failure)
            {
                throw new JsonException(failure.Message, failure);
            }
        }

        public override void Write(Utf8JsonWriter writer, ImageSize value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
