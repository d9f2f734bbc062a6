using System;

namespace PatFramework.Core;

/// <summary>An expected failure: its message is one clear sentence that says what was received, the rule, and the fix.</summary>
/// <param name="message">The sentence that the command line prints.</param>
/// <param name="inner">The failure underneath, if there is one.</param>
public sealed class PatException(string message, Exception? inner = null) : Exception(message, inner);
