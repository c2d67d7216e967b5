using System.Globalization;
using System.Text;
using PixeeEvents.Host.Cli.Import.Csv;
using Xunit;

namespace PixeeEvents.Host.Tests.Cli.Csv;

public sealed class CellNumberSpecs
{
    [Theory]
    [InlineData("12", "12")]
    [InlineData("12.50", "12.50")]
    [InlineData("12,50", "12.50")]
    [InlineData("1 234,56", "1234.56")]
    [InlineData("1\u00a0234,56", "1234.56")]
    [InlineData("1\u202f234,56", "1234.56")]
    [InlineData("1\u2009234\u2009567", "1234567")]
    [InlineData("1.234,56", "1234.56")]
    [InlineData("1,234.56", "1234.56")]
    [InlineData("1'234.56", "1234.56")]
    [InlineData("1\u2019234.56", "1234.56")]
    [InlineData("1.234.567", "1234567")]
    [InlineData("12.345.678,9", "12345678.9")]
    [InlineData("1.234", "1.234")]
    [InlineData("1,234", "1.234")]
    [InlineData("-5", "-5")]
    [InlineData("- 5,5", "-5.5")]
    [InlineData("\u22125", "-5")]
    [InlineData("+5", "5")]
    [InlineData(",5", "0.5")]
    [InlineData("5,", "5")]
    [InlineData("12.000000000000002", "12.000000000000002")]
    public void a_number_is_read_as_people_write_it(string text, string number) => Assert.Equal(number, Read(text, CellKind.Number));

    [Theory]
    [InlineData("18,50 €", "18.50")]
    [InlineData("18,50\u00a0€", "18.50")]
    [InlineData("18,50€", "18.50")]
    [InlineData("€ 18.50", "18.50")]
    [InlineData("€-18.50", "-18.50")]
    [InlineData("18,50 EUR", "18.50")]
    [InlineData("eur 18,50", "18.50")]
    [InlineData("1 234,50 euros", "1234.50")]
    [InlineData("18,50", "18.50")]
    public void a_price_may_be_in_euros(string text, string number) => Assert.Equal(number, Read(text, CellKind.Money));

    [Theory]
    [InlineData("20 %", "20")]
    [InlineData("5,5%", "5.5")]
    [InlineData("20\u202f%", "20")]
    [InlineData("20", "20")]
    public void a_rate_may_be_in_percent(string text, string number) => Assert.Equal(number, Read(text, CellKind.Percent));

    [Theory]
    [InlineData("", CellKind.Number)]
    [InlineData("-", CellKind.Number)]
    [InlineData(",", CellKind.Number)]
    [InlineData("beaucoup", CellKind.Number)]
    [InlineData("1e3", CellKind.Number)]
    [InlineData("1 2", CellKind.Number)]
    [InlineData("1234 567", CellKind.Number)]
    [InlineData("1.23.456", CellKind.Number)]
    [InlineData("1 234.567,8", CellKind.Number)]
    [InlineData("1.234,567.8", CellKind.Number)]
    [InlineData("1,234 567", CellKind.Number)]
    [InlineData("--5", CellKind.Number)]
    [InlineData("20 %", CellKind.Number)]
    [InlineData("18 €", CellKind.Number)]
    [InlineData("18 $", CellKind.Money)]
    [InlineData("20 %", CellKind.Money)]
    [InlineData("20 €", CellKind.Percent)]
    [InlineData("12345678901234567890123456789", CellKind.Number)]
    [InlineData("1000000000000000000000000000000000000000000000000000000", CellKind.Number)]
    public void what_is_no_number_of_its_kind_is_none(string text, object kind) => Assert.Null(Read(text, (CellKind)kind));

    private static string? Read(string text, CellKind kind) =>
        CellNumber.Read(Encoding.UTF8.GetBytes(text), kind)?.ToString(CultureInfo.InvariantCulture);
}
