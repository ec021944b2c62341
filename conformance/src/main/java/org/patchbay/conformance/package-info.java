/**
 * The conformance kit: checks any endpoint against the lines of {@code docs/contract.md}.
 *
 * <p><b>How one gets at it.</b> A vendor adds this artifact to its tests, describes its endpoint in
 * a {@link org.patchbay.conformance.Fixture}, and extends {@code
 * org.patchbay.conformance.junit.EndpointConformance} by one small class that answers the fixture.
 * Programs without JUnit call {@link org.patchbay.conformance.ConformanceKit#run}.
 *
 * <p><b>Threads.</b> A run belongs to its caller's thread; the kit drives the endpoint on threads
 * of its own, one at a time, as an engine does.
 */
@Export
@Version("0.1.0")
@NullMarked
package org.patchbay.conformance;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
