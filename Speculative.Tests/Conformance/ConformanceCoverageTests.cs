using System.Reflection;
using System.Runtime.CompilerServices;
using Speculative.Drafters;

namespace Speculative.Tests;

/// <summary>
/// Every implementation of a contract must have its conformance tests: a subclass of the contract's suite whose property <c>Subject</c> is
/// the implementation's type. Suites are found by name.
/// </summary>
public sealed class ConformanceCoverageTests
{
    static readonly Type[] Libraries =
    [
        .. typeof(IDrafter).Assembly.GetTypes(),
        .. typeof(DrafterCatalog).Assembly.GetTypes(),
        .. Assembly.Load("Speculative.Gpu").GetTypes(),
    ];

    static readonly Type[] Tests = typeof(ConformanceCoverageTests).Assembly.GetTypes();

    [Theory]
    [InlineData(typeof(IDrafter), "DrafterConformanceTests")]
    [InlineData(typeof(ICausalModel), "CausalModelConformanceTests")]
    [InlineData(typeof(INestedModel), "NestedModelConformanceTests")]
    [InlineData(typeof(IAcceptanceRule), "AcceptanceRuleConformanceTests")]
    public void EveryImplementation_HasItsConformanceTests(Type contract, string suite) =>
        Assert.Empty(Missing(contract, suite, Libraries, Tests));

    [Fact]
    public void EveryCatalogEntry_CreatesACoveredDrafter() => Assert.All(DrafterCatalog.Entries, entry =>
    {
        using IDrafter drafter = entry.CreateFactory(new() { VocabularySize = 4, DraftModel = new TableModel(4) })(new());
        Assert.Empty(Missing(typeof(IDrafter), "DrafterConformanceTests", [drafter.GetType()], Tests));
    });

    [Fact]
    public void Missing_ImplementationWithoutSubclass_IsNamed() => Assert.Equal(
        ["Uncovered has no subclass of FakeConformanceTests"],
        Missing(
            typeof(IFake), "FakeConformanceTests", [typeof(Covered), typeof(Uncovered), typeof(AbstractFake), typeof(IFake)],
            [typeof(FakeConformanceTests), typeof(CoveredConformanceTests), typeof(AbstractConformanceTests)]));

    [Fact]
    public void Missing_ImplementationWithoutSuite_IsNamed() => Assert.Equal(
        ["Covered needs the suite FakeConformanceTests, which does not exist"],
        Missing(typeof(IFake), "FakeConformanceTests", [typeof(Covered)], [typeof(CoveredConformanceTests)]));

    [Fact]
    public void Missing_ContractWithoutImplementations_IsFine() => Assert.Empty(Missing(typeof(IFake), "FakeConformanceTests", [], []));

    static string[] Missing(Type contract, string suiteName, Type[] libraryTypes, Type[] testTypes)
    {
        Type[] implementations =
            [.. libraryTypes.Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(contract))];
        Type? suite = Array.Find(testTypes, type => type.Name == suiteName && type.IsAbstract);
        if (suite is null)
            return [.. implementations.Select(type => $"{type.Name} needs the suite {suiteName}, which does not exist")];
        HashSet<Type> subjects = [.. testTypes.Where(type => !type.IsAbstract && type.IsSubclassOf(suite)).Select(Subject)];
        return [.. implementations.Where(type => !subjects.Contains(type)).Select(type => $"{type.Name} has no subclass of {suiteName}")];
    }

    /// <summary>Read without running a constructor, which may want fixtures.</summary>
    static Type Subject(Type suite) => (Type)suite
        .GetProperty("Subject", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)!
        .GetValue(RuntimeHelpers.GetUninitializedObject(suite))!;

    interface IFake;

    sealed class Covered : IFake;

    sealed class Uncovered : IFake;

    abstract class AbstractFake : IFake;

    abstract class FakeConformanceTests
    {
        protected abstract Type Subject { get; }
    }

    sealed class CoveredConformanceTests : FakeConformanceTests
    {
        protected override Type Subject => typeof(Covered);
    }

    abstract class AbstractConformanceTests : FakeConformanceTests
    {
        protected override Type Subject => typeof(Uncovered);
    }
}
