namespace Speculative;

/// <summary>A part of a template that prints or sets something.</summary>
delegate JinjaFlow JinjaStatement(JinjaRun run);

/// <summary>A part of a template that has a value.</summary>
delegate object JinjaExpression(JinjaRun run);

/// <summary>A place that a value is put in.</summary>
delegate void JinjaTarget(JinjaRun run, object value);
