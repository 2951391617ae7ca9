module Training

using Flux: Losses
using ParameterSchedulers

module Inner
import ..Training
end

end
