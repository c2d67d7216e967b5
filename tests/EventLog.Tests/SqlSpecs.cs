using Xunit;

namespace PixeeEvents.EventLog.Tests;

public sealed class SqlSpecs
{
    [Fact]
    public void a_text_that_holds_a_NUL_never_reaches_the_database()
    {
        Assert.Throws<ArgumentException>(() => Sql.Text("ART-\0"));
        Assert.Throws<ArgumentException>(() => Sql.Texts(["ART-1", null, "\0"]));
        Assert.Equal("ART-1", Assert.IsType<string[]>(Sql.Texts(["ART-1"]).Value)[0]);
    }
}
