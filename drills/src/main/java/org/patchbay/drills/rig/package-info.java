/**
 * The rig: processes, network namespaces, captures and counters that a drill owns and removes.
 *
 * <p>Everything that outlives a call is registered with one {@link
 * org.patchbay.drills.rig.Cleanup}, which undoes it in reverse order, at its close or when the JVM
 * is told to end; {@link org.patchbay.drills.rig.Leftovers} then looks for what remained. Processes
 * are ended by their own handle, never by a name. Every wait has a limit.
 *
 * <p><b>Threads.</b> One drill at a time uses the rig, on its own thread; only {@link
 * org.patchbay.drills.rig.Cleanup} and {@link org.patchbay.drills.rig.Child} are met by other
 * threads, and guard their state.
 */
@NullMarked
package org.patchbay.drills.rig;

import org.jspecify.annotations.NullMarked;
