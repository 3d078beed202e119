namespace Speculative;

/// <summary>Something that a template may call.</summary>
delegate object JinjaFunction(JinjaRun run, JinjaArguments arguments);

/// <summary>A filter or a method: what it is called on comes first.</summary>
delegate object JinjaMethod<in T>(JinjaRun run, T value, JinjaArguments arguments);
