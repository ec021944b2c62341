package org.patchbay.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.patchbay.api.InspectNode;
import org.patchbay.api.control.Nic;
import org.patchbay.api.control.NicStatistics;

/** The command that shows counters and rates. Any thread. */
final class StatsCommand {

  /** Between the two looks at the counters from which rates are taken. */
  private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final PlatformServices services;
  private final Pause pause;

  StatsCommand(PlatformServices services, Pause pause) {
    this.services = services;
    this.pause = pause;
  }

  Command command() {
    return new Command(
        "stats",
        "[NIC]",
        0,
        1,
        "shows packets, bytes, rates and drops of all NICs or of one",
        """
        TX is what the guest sent, RX what it received; rates are those of half a second.
        'dropped' counts the guest's packets while nothing was plugged, 'lost' those that a swap
        completed as lost. 'ids outstanding' counts receive and transmit ids that should have come
        back and did not; it is 0 unless something is wrong.""",
        this::run,
        before -> before.isEmpty() ? services.nicNames() : List.of());
  }

  /** A NIC's counters now and the rates that led there. */
  private record Sample(Nic nic, NicStatistics before, NicStatistics now, double seconds) {

    String txRate() {
      return rate(now.txPackets() - before.txPackets());
    }

    String rxRate() {
      return rate(now.rxPackets() - before.rxPackets());
    }

    private String rate(long packets) {
      return String.format(Locale.ROOT, "%.0f", packets / seconds);
    }

    String txBitRate() {
      return Units.bitsPerSecond((now.txBytes() - before.txBytes()) * 8 / seconds);
    }

    String rxBitRate() {
      return Units.bitsPerSecond((now.rxBytes() - before.rxBytes()) * 8 / seconds);
    }
  }

  private String run(List<String> arguments) throws CommandRefused, InterruptedException {
    if (!arguments.isEmpty()) {
      return one(sample(List.of(services.nic(arguments.getFirst()))).getFirst());
    }
    List<Nic> nics = new ArrayList<>();
    for (String name : services.nicNames()) {
      services.findNic(name).ifPresent(nics::add);
    }
    return nics.isEmpty() ? "There are no NICs." : all(sample(nics));
  }

  private List<Sample> sample(List<Nic> nics) throws InterruptedException {
    List<NicStatistics> before = new ArrayList<>();
    for (Nic nic : nics) {
      before.add(nic.statistics());
    }
    long begin = System.nanoTime();
    pause.await(INTERVAL_NANOS);
    double seconds = Math.max(1, System.nanoTime() - begin) / 1e9;
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < nics.size(); i++) {
      Nic nic = nics.get(i);
      samples.add(new Sample(nic, before.get(i), nic.statistics(), seconds));
    }
    return samples;
  }

  private static String all(List<Sample> samples) {
    Table table =
        new Table()
            .heading(
                "NIC",
                ">TX PACKETS",
                ">TX BYTES",
                ">TX/S",
                ">TX RATE",
                ">RX PACKETS",
                ">RX BYTES",
                ">RX/S",
                ">RX RATE",
                ">DROPPED",
                ">LOST",
                ">ERRORS");
    long outstanding = 0;
    for (Sample sample : samples) {
      NicStatistics now = sample.now();
      table.row(
          sample.nic().name(),
          now.txPackets(),
          now.txBytes(),
          sample.txRate(),
          sample.txBitRate(),
          now.rxPackets(),
          now.rxBytes(),
          sample.rxRate(),
          sample.rxBitRate(),
          now.txDropped(),
          now.txLost(),
          now.txErrors() + now.rxErrors());
      outstanding += now.idsOutstanding();
    }
    return table.render() + "\nids outstanding: " + outstanding;
  }

  private static String one(Sample sample) {
    InspectNode node = new InspectNode();
    node.value("tx packets a second", sample.txRate());
    node.value("tx rate", sample.txBitRate());
    node.value("rx packets a second", sample.rxRate());
    node.value("rx rate", sample.rxBitRate());
    write(sample.now(), node);
    return node.render().stripTrailing();
  }

  /** Writes all counters as values of a node. */
  static void write(NicStatistics now, InspectNode node) {
    node.value("tx packets", now.txPackets());
    node.value("tx bytes", now.txBytes());
    node.value("rx packets", now.rxPackets());
    node.value("rx bytes", now.rxBytes());
    node.value("tx dropped", now.txDropped());
    node.value("tx lost", now.txLost());
    node.value("tx errors", now.txErrors());
    node.value("rx errors", now.rxErrors());
    node.value("swaps", now.swaps());
    node.value("refused ids", now.refusedIds());
    node.value("tx in flight", now.txInFlight());
    node.value("rx posted", now.rxPosted());
    node.value("rx set aside", now.rxSetAside());
    node.value("ids outstanding", now.idsOutstanding());
  }
}
