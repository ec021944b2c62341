package org.patchbay.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/** Guest memory against a model: one array of bytes, and for each whether it is mapped. */
final class GuestMemoryModelTest {

  private static final int WORLD = 512;

  /** The model and the memory, made of the same regions. */
  private static final class World {
    final byte[] bytes = new byte[WORLD];
    final boolean[] mapped = new boolean[WORLD];
    final long base;
    final GuestMemory memory;

    World(Layout layout) {
      base = layout.base;
      List<GuestRegion> regions = new ArrayList<>();
      Random random = new Random(layout.hashCode());
      int position = 0;
      for (int i = 0; i < layout.gaps.size(); i++) {
        position += layout.gaps.get(i);
        int size = layout.sizes.get(i);
        MemorySegment segment = Arena.ofAuto().allocate(size);
        for (int j = 0; j < size; j++) {
          byte value = (byte) random.nextInt();
          segment.set(ValueLayout.JAVA_BYTE, j, value);
          bytes[position + j] = value;
          mapped[position + j] = true;
        }
        regions.add(new GuestRegion(base + position, segment));
        position += size;
      }
      memory = new GuestMemory(regions);
    }

    boolean holds(int at, int length) {
      for (int i = at; i < at + length; i++) {
        if (i < 0 || i >= WORLD || !mapped[i]) {
          return false;
        }
      }
      return true;
    }

    /** What the memory holds now, where it is mapped. */
    byte[] read() {
      byte[] all = new byte[WORLD];
      for (int i = 0; i < WORLD; i++) {
        if (mapped[i]) {
          MemorySegment one = MemorySegment.ofArray(new byte[1]);
          assertEquals(true, memory.read(base + i, one, 0, 1));
          all[i] = one.get(ValueLayout.JAVA_BYTE, 0);
        }
      }
      return all;
    }
  }

  /**
   * Where regions lie.
   *
   * @param base guest address of the model's first byte
   * @param gaps bytes before each region; with 0 it adjoins the one before
   * @param sizes bytes of each region
   */
  record Layout(long base, List<Integer> gaps, List<Integer> sizes) {}

  @Provide
  Arbitrary<Layout> layouts() {
    Arbitrary<Integer> gap =
        Arbitraries.frequencyOf(
            Tuple.of(1, Arbitraries.just(0)), Tuple.of(1, Arbitraries.integers().between(1, 40)));
    Arbitrary<Integer> size = Arbitraries.integers().between(1, 60);
    Arbitrary<Long> base =
        Arbitraries.of(0L, 1L, 0x1000L, 0xffff_ffc0L, 1L << 40, Long.MAX_VALUE - WORLD);
    return Arbitraries.integers()
        .between(1, 5)
        .flatMap(
            count ->
                Combinators.combine(base, gap.list().ofSize(count), size.list().ofSize(count))
                    .as(Layout::new));
  }

  @Property
  void containsWhatIsMapped(
      @ForAll("layouts") Layout layout,
      @ForAll @IntRange(min = -70, max = WORLD + 70) int at,
      @ForAll @IntRange(min = 1, max = 200) int length) {
    World world = new World(layout);
    assertEquals(world.holds(at, length), world.memory.contains(world.base + at, length));
  }

  @Property
  void readsWhatIsThere(
      @ForAll("layouts") Layout layout,
      @ForAll @IntRange(min = -70, max = WORLD + 70) int at,
      @ForAll @IntRange(min = 1, max = 200) int length) {
    World world = new World(layout);
    byte[] target = new byte[length + 6];
    boolean read = world.memory.read(world.base + at, MemorySegment.ofArray(target), 3, length);
    assertEquals(world.holds(at, length), read);
    if (read) {
      byte[] expected = new byte[length + 6];
      System.arraycopy(world.bytes, at, expected, 3, length);
      assertArrayEquals(expected, target);
    }
  }

  @Property
  void writesThereAndNowhereElse(
      @ForAll("layouts") Layout layout,
      @ForAll @IntRange(min = -70, max = WORLD + 70) int at,
      @ForAll byte[] source) {
    World world = new World(layout);
    boolean written =
        world.memory.write(world.base + at, MemorySegment.ofArray(source), 0, source.length);
    if (source.length > 0) {
      assertEquals(world.holds(at, source.length), written);
    }
    if (written) {
      System.arraycopy(source, 0, world.bytes, Math.max(0, at), source.length);
    }
    assertArrayEquals(world.bytes, world.read());
  }

  @Property
  void copiesBetweenTwoMemories(
      @ForAll("layouts") Layout fromLayout,
      @ForAll("layouts") Layout toLayout,
      @ForAll @IntRange(min = -20, max = 200) int from,
      @ForAll @IntRange(min = -20, max = 200) int to,
      @ForAll @IntRange(min = 1, max = 150) int length) {
    World source = new World(fromLayout);
    World target = new World(toLayout);
    boolean copied =
        source.memory.copy(source.base + from, target.memory, target.base + to, length);
    assertEquals(source.holds(from, length) && target.holds(to, length), copied);
    if (copied) {
      System.arraycopy(source.bytes, from, target.bytes, to, length);
    }
    assertArrayEquals(target.bytes, target.read());
  }

  @Property
  void aNativeAddressIsThatOfTheFirstByte(
      @ForAll("layouts") Layout layout,
      @ForAll @IntRange(min = -10, max = WORLD) int at,
      @ForAll @IntRange(min = 1, max = 60) int length) {
    World world = new World(layout);
    int region = world.memory.regionOf(world.base + at, length);
    long address = world.memory.nativeAddress(world.base + at, length);
    assertEquals(region < 0, address == 0);
    if (region >= 0) {
      byte[] there =
          MemorySegment.ofAddress(address).reinterpret(length).toArray(ValueLayout.JAVA_BYTE);
      assertArrayEquals(Arrays.copyOfRange(world.bytes, at, at + length), there);
    }
  }

  @Property
  void anEmptyRangeIsContainedExactlyWhereABufferCouldEndOrBegin(
      @ForAll("layouts") Layout layout, @ForAll @IntRange(min = -10, max = WORLD) int at) {
    World world = new World(layout);
    boolean touches = world.holds(at, 1) || world.holds(at - 1, 1);
    assertEquals(touches, world.memory.contains(world.base + at, 0));
  }
}
